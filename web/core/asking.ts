/** What may be asked of the API beside plain ids: filters, options and answers of its methods. */
import type { Instant, JsonObject, LonLat } from './model'
import type { queryOf, Sending, TransportOptions } from './transport'
import type { Lang } from './text'

/** Which records; what is absent matches all. */
export interface RecordFilter {
  /** Kinds, separated by commas. */
  kind?: string
  /** A cell with all below it. */
  cell?: string
  /** States, separated by commas. */
  state?: string
  /** Stages, separated by commas. */
  stage?: string
  /** `me` (the posts I hold), or the id of a unit or of a person. */
  assignee?: string
  /** `me`: those I reported. */
  reporter?: 'me'
  late?: boolean
  /**
   * Those in which an action waits for approval: `me`: mine to agree or to decline; `others`: all records but those; `any`:
   * whoever is to agree; `none`: where nothing waits.
   */
  request?: 'me' | 'others' | 'any' | 'none'
  open?: boolean
  text?: string
  /** `W,S,E,N` */
  box?: string
  /** Only what changed after this sequence number. */
  since?: number
  due_from?: Instant
  due_to?: Instant
  order?: 'newest' | 'oldest' | 'changed' | 'due'
  /** Records on a page, up to 500. */
  limit?: number
  cursor?: string
}

/** Whose posts are asked for. */
export interface PeopleFilter {
  cell?: string
  unit?: string
  post?: string
  at?: Instant
}

/** Which sums. */
export interface TallyFilter {
  kind?: string
  cell?: string
  /** `open`, `late`, `state:ID`, `stage:ID`, `opened`, `closed` …; one that ends in `:` stands for all that begin so. */
  measure?: string
  from?: string
  to?: string
  by?: 'total' | 'child' | 'cell'
}

/** How the API is reached. */
export interface ApiOptions extends TransportOptions {
  /** Before `/api/v1`: the page's own origin unless given. */
  base?: string
  lang?: Lang
  /** Nobody's session goes along, even where the browser holds one: the public's own pages act for the public. */
  anonymous?: boolean
  /** A bearer token to act by, instead of the browser's session. */
  bearer?: string
}

/** Acting as the reporter of a record, by the token given with it. */
export interface FollowToken {
  record: string
  token: string
}

/** What is about to be reported, or was. */
export type LikelyTo = { kind: string; place: LonLat; data?: JsonObject } | { record: string }

/** How commands are posted. */
export interface PostOptions {
  follow?: FollowToken | undefined
  signal?: AbortSignal
  /** Attempts at most, 3 unless said otherwise. */
  attempts?: number
}

/** How a file is stored. */
export interface UploadOptions {
  /** Hears the share sent, 0 to 1. */
  progress?: (share: number) => void
  signal?: AbortSignal
  follow?: FollowToken | undefined
}

/** How a request that the generated client does not make is made. */
export interface Plain {
  query?: Parameters<typeof queryOf>[0]
  body?: unknown
  sending?: Sending
  /** Never asks to sign in. */
  quiet?: boolean
  /** Asked as whoever is signed in, whom the page itself may not know yet. */
  anybody?: boolean
  follow?: FollowToken | undefined
}
