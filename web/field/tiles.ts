import { loadDraft, saveDraft } from '@core/draft'

/** Where the tiles of a report are kept: what begins so goes when its owner signs out. */
const KEY = 'field.tiles'

/** The options that stood on the large tiles last, in their order. */
export function keptTiles(): string[] {
  return loadDraft<string[]>(KEY) ?? []
}

export function keepTiles(codes: string[]): void {
  saveDraft(KEY, codes)
}
