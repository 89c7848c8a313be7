/** Whether the page stands already: what is put together now was asked for by whoever looks at it. */
export function stands(): boolean {
  return document.querySelector('#app[data-v-app]') !== null
}

/** Does something once the next picture stands; the function returned calls it off. */
export function afterFrame(act: () => void): () => void {
  let task = 0
  const frame = requestAnimationFrame(() => (task = window.setTimeout(act)))
  return () => {
    cancelAnimationFrame(frame)
    window.clearTimeout(task)
  }
}

/** Once the next picture stands. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => afterFrame(resolve))
}
