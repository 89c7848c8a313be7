/** The attributes in which places may stand. */
const ATTRIBUTES = ['href', 'id', 'data-code', 'data-ahead']
const HOLDS = ATTRIBUTES.map((name) => `[${name}*="{"]`).join()

/** Puts what is known into what was drawn with places in braces: `{town}`, in texts and a few attributes. */
export function fillPlaces(drawn: DocumentFragment | Element, places: Readonly<Record<string, string>>): void {
  const said = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole)
  const texts = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT)
  for (let node = texts.nextNode(); node; node = texts.nextNode()) if (node.nodeValue?.includes('{')) node.nodeValue = said(node.nodeValue)
  const holding = [...(drawn instanceof Element && drawn.matches(HOLDS) ? [drawn] : []), ...drawn.querySelectorAll(HOLDS)]
  for (const element of holding) {
    for (const name of ATTRIBUTES) {
      const value = element.getAttribute(name)
      if (value?.includes('{')) element.setAttribute(name, said(value))
    }
  }
}
