/** How many households a cell has beside how many it is to have. */

export interface Goal { least: number; most: number }

/** Below the goal, within it, above it; undefined where nobody was counted. */
export function loadOf(households: number | null | undefined, goal: Goal): 'under' | 'fit' | 'over' | undefined {
  if (households === null || households === undefined) return undefined
  return households < goal.least ? 'under' : households > goal.most ? 'over' : 'fit'
}

/** How strongly a cell is filled on the map: the fuller, the darker. */
export function shaded(households: number | null | undefined, most: number): number {
  if (households === null || households === undefined || most <= 0) return 0.02
  return 0.03 + 0.22 * Math.min(1.5, households / most)
}

/** The share of a bar that ends at one and a half times the most. */
export function barOf(households: number, goal: Goal): number {
  return Math.min(1, households / (goal.most * 1.5))
}
