/** Puts what is known into what was drawn with places in braces: `{town}`, in texts and attributes. */
export function fillPlaces(drawn: DocumentFragment | Element, places: Readonly<Record<string, string>>): void {
  const said = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole)
  const walker = document.createTreeWalker(drawn, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE && node.nodeValue?.includes('{')) node.nodeValue = said(node.nodeValue)
    else if (node instanceof Element) for (const { name, value } of [...node.attributes]) if (value.includes('{')) node.setAttribute(name, said(value))
  }
}
