import { bind, type Bindings } from '@core/keys'
import type { Hands } from './hands'
import { TOOLS, type Workbench } from './workbench'

/** What the keys of the editor ask for beside the tools. */
export interface EditorActs {
  hands: () => Hands | undefined
  /** Whether the drawing can't be changed now. */
  blocked: () => boolean
  merge: () => void
  suggest: () => void
  describe: () => void
  publish: () => void
  compare: () => void
  whole: () => void
}

/** Whether somebody types, or works in a list that has arrow keys of its own. */
function isElsewhere(): boolean {
  return document.activeElement?.closest('input, textarea, select, [role="listbox"], dialog') != null
}

/** Binds the keys of the editor until the function returned is called. */
export function bindEditor(bench: Workbench, acts: EditorActs): () => void {
  const may = (): boolean => !acts.blocked() && !isElsewhere()
  const points = (): boolean => may() && (bench.vertex.value !== undefined || acts.hands()?.pen.draws === true)
  const arrow = (x: number, y: number): Bindings => {
    const way = x < 0 ? 'arrowleft' : x > 0 ? 'arrowright' : y > 0 ? 'arrowup' : 'arrowdown'
    return { [way]: { run: () => acts.hands()?.nudge(x, y, false), when: points }, [`shift+${way}`]: { run: () => acts.hands()?.nudge(x, y, true), when: points } }
  }
  return bind({
    'mod+z': { run: () => void bench.step('undo'), says: 'desk.grid.undo', when: () => may() && bench.draft.value?.can_undo === true },
    'mod+shift+z': { run: () => void bench.step('redo'), says: 'desk.grid.redo', when: () => may() && bench.draft.value?.can_redo === true },
    ...Object.fromEntries(TOOLS.map(({ tool, key }) => [key, { run: () => bench.use(tool), says: `desk.grid.tool_${tool}`, when: may }])),
    m: { run: acts.merge, says: 'desk.grid.merge', when: () => may() && bench.chosen.value.length > 1 },
    u: { run: acts.suggest, says: 'desk.grid.suggest', when: may },
    e: { run: acts.describe, says: 'desk.grid.describe', when: () => may() && bench.chosen.value.length === 1 },
    p: { run: acts.publish, says: 'desk.grid.publish', when: may },
    d: { run: acts.compare, says: 'desk.grid.tab_compare', when: may },
    0: { run: acts.whole, says: 'desk.grid.look_whole', when: () => !isElsewhere() },
    '[': { run: () => acts.hands()?.pen.turn(-1), says: 'desk.grid.vertex_before', when: may },
    ']': { run: () => acts.hands()?.pen.turn(1), says: 'desk.grid.vertex_after', when: may },
    delete: { run: () => void acts.hands()?.pen.remove(), says: 'desk.grid.remove_vertex', when: () => may() && bench.vertex.value !== undefined },
    backspace: { run: () => acts.hands()?.pen.back(), says: 'desk.grid.take_back', when: () => may() && bench.stroke.value !== undefined },
    enter: { run: () => void confirm(bench, acts), says: 'desk.grid.confirm', when: () => may() && (bench.held.value !== undefined || bench.cursor.value !== undefined) },
    escape: { run: () => void acts.hands()?.pen.cancel(), when: () => !acts.blocked() && document.activeElement?.closest('dialog') == null },
    ...arrow(-1, 0), ...arrow(1, 0), ...arrow(0, 1), ...arrow(0, -1),
  })
}

/** Takes over what is held, or puts a place of a line where the keys point. */
async function confirm(bench: Workbench, acts: EditorActs): Promise<void> {
  const pen = acts.hands()?.pen
  if (bench.held.value) await pen?.confirmHeld()
  else if (bench.cursor.value) await pen?.place(bench.cursor.value)
}
