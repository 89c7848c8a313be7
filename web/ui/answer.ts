/** The answer to what was asked ahead, which others take too; null where it was none. */
export async function answer<T>(asked: Promise<Response>): Promise<T | null> {
  try {
    const given = await asked
    return given.ok ? ((await given.clone().json()) as T) : null
  } catch {
    return null
  }
}
