// Reads the code of all surfaces: which keys it uses, and which texts stand in it that belong in a catalogue.
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { parse } from 'vue/compiler-sfc'
import { WEB, chinese } from './catalogues.ts'

const FOLDERS = ['core', 'ui', 'field', 'desk', 'wall', 'public', 'home']

/** A text in the code, with the place where it stands. */
export interface Literal {
  file: string
  line: number
  text: string
  /** Asked of `t(…)`, or the `keypath` of a text with parts: it has to be a key. */
  asked: boolean
  /** With places filled in by code: the fixed parts, in order. */
  parts?: string[]
}

/** A text that people read and that stands in the code. */
export interface Spoken {
  file: string
  line: number
  text: string
}

export interface Source {
  literals: Literal[]
  spoken: Spoken[]
}

/** Everything that the surfaces' code says. */
export function readSources(): Source {
  const source: Source = { literals: [], spoken: [] }
  for (const folder of FOLDERS) {
    for (const file of files(join(WEB, folder))) {
      const name = relative(WEB, file)
      const text = readFileSync(file, 'utf8')
      if (file.endsWith('.vue')) readComponent(name, text, source)
      else readScript(name, text, 1, source)
    }
  }
  return source
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(vue|ts)$/.test(entry.name) && !/\.(d|config)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** A component's script, and its template with every expression in it. */
export function readComponent(file: string, text: string, into: Source): void {
  const { descriptor } = parse(text, { filename: file })
  for (const script of [descriptor.script, descriptor.scriptSetup]) {
    if (script) readScript(file, script.content, script.loc.start.line, into)
  }
  if (descriptor.template?.ast) readNode(file, descriptor.template.ast as unknown as Node, into)
}

/** The parts of Vue's syntax tree that are looked at. */
interface Node {
  type: number
  loc: { start: { line: number }; source: string }
  content?: Node | string
  children?: Node[]
  props?: (Node & { name: string; rawName?: string; value?: { content: string }; exp?: Node; arg?: Node })[]
}
const [TEXT, INTERPOLATION, ATTRIBUTE, DIRECTIVE] = [2, 5, 6, 7]
const SPEAKING = new Set(['title', 'alt', 'placeholder', 'label', 'aria-label', 'aria-description', 'aria-roledescription', 'summary'])

function readNode(file: string, node: Node, into: Source): void {
  const line = node.loc.start.line
  if (node.type === TEXT && typeof node.content === 'string') {
    if (says(node.content)) into.spoken.push({ file, line, text: node.content.trim() })
  }
  if (node.type === INTERPOLATION && typeof node.content === 'object') {
    readExpression(file, node.content, into)
  }
  for (const prop of node.props ?? []) {
    const value = prop.value?.content ?? ''
    if (prop.type === ATTRIBUTE && prop.name === 'keypath') {
      into.literals.push({ file, line: prop.loc.start.line, text: value, asked: true })
    } else if (prop.type === ATTRIBUTE && SPEAKING.has(prop.name) && says(value)) {
      into.spoken.push({ file, line: prop.loc.start.line, text: value })
    } else if (prop.type === ATTRIBUTE && value) {
      into.literals.push({ file, line: prop.loc.start.line, text: value, asked: false })
    } else if (prop.type === DIRECTIVE && prop.exp) {
      readExpression(file, prop.exp, into)
    }
  }
  for (const child of node.children ?? []) readNode(file, child, into)
}

function readExpression(file: string, expression: Node, into: Source): void {
  const code = expression.loc.source
  // `v-for="a in b"` and `v-slot="{ a }"` are no expressions, but what stands in them is found all the same.
  readScript(file, `(${code.replace(/^\s*(\(?[^)]*\)?|\w+)\s+(in|of)\s+/, '')})`, expression.loc.start.line, into)
}

/** Letters that somebody reads, not a sign or a number. */
function says(text: string): boolean {
  const bare = text.replace(/&\w+;/g, '').trim()
  return chinese(bare) || /[A-Za-z]{2,}/.test(bare)
}

/** Several words in a row, as only sentences and labels have them. */
function sentence(text: string): boolean {
  return /^[A-Z][a-z]+(?:[,:;]? [a-z]+){2,}/.test(text.trim())
}

/** A module, or the script of a component that begins at `first`. */
export function readScript(file: string, text: string, first: number, into: Source): void {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS)
  const line = (node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + first
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      into.literals.push({ file, line: line(node), text: node.text, asked: asks(node) })
      if ((chinese(node.text) || sentence(node.text)) && !forProgrammers(node)) {
        into.spoken.push({ file, line: line(node), text: node.text })
      }
    } else if (ts.isTemplateExpression(node)) {
      const parts = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)]
      into.literals.push({ file, line: line(node), text: parts.join('*'), asked: asks(node), parts })
      if (parts.some(chinese) && !forProgrammers(node)) into.spoken.push({ file, line: line(node), text: parts.join('…') })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
}

/** Whether a literal is what is handed to `t(…)`: itself, or either arm of a choice. */
function asks(node: ts.Node): boolean {
  let at = node
  while (ts.isConditionalExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) {
    if (ts.isConditionalExpression(at.parent) && at.parent.condition === at) return false
    at = at.parent
  }
  const call = at.parent
  if (!ts.isCallExpression(call) || call.arguments[0] !== at) return false
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : call.expression.getText()
  return name === 't' || name === '$t'
}

/** Errors that only programmers see, and the console. */
function forProgrammers(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    if (ts.isNewExpression(at) && /Error$/.test(at.expression.getText())) return true
    if (ts.isCallExpression(at) && /^console\./.test(at.expression.getText())) return true
    if (ts.isStatement(at)) return false
  }
  return false
}
