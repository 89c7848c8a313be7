/** A day of a month's sheet, as `2026-03-02`. */
export interface Day { date: string; inMonth: boolean; weekday: number }

/** The six weeks of a month's sheet (`2026-03`), from Monday. Days are names, not instants: no time zone enters here. */
export function sheet(month: string): Day[][] {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const first = new Date(Date.UTC(year, number - 1, 1))
  const back = (first.getUTCDay() + 6) % 7
  const weeks: Day[][] = []
  for (let week = 0; week < 6; week += 1) {
    const days: Day[] = []
    for (let weekday = 0; weekday < 7; weekday += 1) {
      const day = new Date(Date.UTC(year, number - 1, 1 - back + week * 7 + weekday))
      days.push({ date: day.toISOString().slice(0, 10), inMonth: day.getUTCMonth() === number - 1, weekday })
    }
    weeks.push(days)
  }
  return weeks.at(-1)?.some((day) => day.inMonth) ? weeks : weeks.slice(0, 5)
}

/** The month so many months after (or before) another. */
export function monthAfter(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}

/** The instant at which a day begins in a time zone. */
export function startOf(day: string, zone: string): string {
  const guess = Date.parse(`${day}T00:00:00Z`)
  const shift = offset(guess, zone)
  const start = guess - shift
  return new Date(guess - offset(start, zone)).toISOString()
}

/** How far a zone's clock is ahead of UTC at an instant, in milliseconds. */
function offset(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(new Date(instant))
  const at = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  const local = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'))
  return local - Math.floor(instant / 1000) * 1000
}

/** The day so many days after another. */
export function dayAfter(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)
}
