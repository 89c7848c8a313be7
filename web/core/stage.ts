import type { Stage } from './model'

/** How a stage looks everywhere: its shape as a glyph, the name of its colour's token, and its word's key. */
export interface StageLook {
  stage: Stage
  shape: 'circle' | 'triangle' | 'square' | 'check'
  glyph: string
  /** The CSS custom property of its colour. */
  token: string
  /** The colour itself, for what cannot read CSS (map marks, canvas). */
  colour: string
  /** The key of its word in the catalogues. */
  key: string
}

/** The four stages in the order of the flow. */
export const STAGES: readonly StageLook[] = [
  { stage: 'report', shape: 'circle', glyph: '●', token: '--stage-report', colour: '#0072B2', key: 'core.stage.report' },
  { stage: 'triage', shape: 'triangle', glyph: '▲', token: '--stage-triage', colour: '#E69F00', key: 'core.stage.triage' },
  { stage: 'handle', shape: 'square', glyph: '■', token: '--stage-handle', colour: '#8E5EA2', key: 'core.stage.handle' },
  { stage: 'close', shape: 'check', glyph: '✔', token: '--stage-close', colour: '#009E73', key: 'core.stage.close' },
]

/** Late: an outline on any of them. */
export const LATE = { token: '--stage-late', colour: '#D55E00', key: 'core.stage.late' } as const

/** How a stage looks; undefined for records of registers, which have none. */
export function stageLook(stage: Stage | null | undefined): StageLook | undefined {
  return STAGES.find((look) => look.stage === stage)
}

/** Where a stage stands in the flow, from 0; -1 for none. */
export function stageIndex(stage: Stage | null | undefined): number {
  return STAGES.findIndex((look) => look.stage === stage)
}
