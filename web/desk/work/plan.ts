import type { Advice, CaseRecord, Held, JsonObject, Kind, Offer } from '@core/api'

/** One step of taking all that is advised: an action, what goes into its form. */
export interface PlannedStep { action: string; data: JsonObject }

/**
 * The steps that take up a case and give it to whoever the routes name, where nothing has to be filled in for that: the first
 * action offered that leads on, and so on until one that assigns. Undefined where it cannot be done without asking.
 */
export function planned(record: CaseRecord, kind: Kind, offers: readonly Offer[], advice: Advice | undefined, posts: readonly Held[]): PlannedStep[] | undefined {
  const route = advice?.route
  if (!route || record.request) return undefined
  const mine = new Set(posts.map((held) => held.post))
  const steps: PlannedStep[] = []
  const seen = new Set<string>()
  let state = record.state
  while (!seen.has(state) && steps.length < 3) {
    seen.add(state)
    const step = assigning(kind, state, mine) ?? leading(kind, state, mine)
    if (!step) return undefined
    const [action, declared] = step
    if (steps.length === 0 && !offers.some((offer) => offer.action === action && !offer.approval)) return undefined
    if (!free(kind, declared.form, record.fields)) return undefined
    if (declared.assign === 'choose' || declared.assign === 'route') {
      const seat = route.unit ? { unit: route.unit } : route.cell ? { cell: route.cell } : undefined
      const data: JsonObject = declared.assign === 'choose' && seat ? { assignee: { ...seat, post: route.post } } : {}
      steps.push({ action, data })
      return steps
    }
    steps.push({ action, data: {} })
    state = declared.to ?? state
  }
  return undefined
}

type Declared = Kind['actions'][string]

function assigning(kind: Kind, state: string, mine: ReadonlySet<string>): [string, Declared] | undefined {
  return leaving(kind, state, mine).find(([, action]) => action.assign === 'choose' || action.assign === 'route')
}

/** The action that leads to a state of the flow and not to an end. */
function leading(kind: Kind, state: string, mine: ReadonlySet<string>): [string, Declared] | undefined {
  return leaving(kind, state, mine).find(([, action]) => action.to && !kind.states[action.to]?.final)
}

function leaving(kind: Kind, state: string, mine: ReadonlySet<string>): [string, Declared][] {
  return Object.entries(kind.actions).filter(([, action]) => {
    const from = Array.isArray(action.from) ? action.from : action.from ? [action.from] : []
    return from.includes(state) && action.to !== undefined && action.to !== state && !action.approval && action.by.some((who) => mine.has(who))
  })
}

/** Whether nothing of a form has to be filled in. */
function free(kind: Kind, form: Declared['form'], fields: JsonObject): boolean {
  return (form ?? []).every((line) => {
    const id = typeof line === 'string' ? line : line.field
    const required = typeof line === 'string' ? kind.fields[id]?.required === true : line.required
    return !required || (fields[id] !== undefined && fields[id] !== null)
  })
}
