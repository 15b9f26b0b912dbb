// Reads one source file into the facts that the architecture rules judge: what it imports, what it runs when imported,
// how it exports. Parses (with the build's own parser) and never executes; judges nothing.

import { parseAst } from 'vite';

/** How one file names another: `type` is erased at run time, `url` is `new URL('…', import.meta.url)`. */
export type Reference = {
  readonly kind: 'import' | 'type' | 'dynamic' | 'url';
  readonly specifier: string;
  readonly line: number;
};

/** Something found at a line, in words. */
export type Finding = { readonly what: string; readonly line: number };

/** What the rules need to know of a file. */
export type Source = {
  readonly references: readonly Reference[];
  /** Statements and initialisers that act when the file is imported. */
  readonly effects: readonly Finding[];
  readonly defaultExports: readonly Finding[];
  /** Global names read anywhere in the file, as written: `Date.now`, `globalThis`; or `new Date()`. */
  readonly globals: readonly Finding[];
  /** Calls like `test.only` and `describe.skip`. */
  readonly testModifiers: readonly Finding[];
  readonly startsWithComment: boolean;
  readonly lineCount: number;
};

type Node = { readonly type: string; readonly start: number; readonly [field: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const children = (node: Node): readonly Node[] => Object.values(node).flat().filter(isNode);

const nodeAt = (node: Node | undefined, field: string): Node | undefined => {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
};

const nodesAt = (node: Node, field: string): readonly Node[] => {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
};

const text = (node: Node | undefined, field: string): string | undefined => {
  const value = node?.[field];
  return typeof value === 'string' ? value : undefined;
};

/** A plain string, written as a literal or as a template without holes. */
const literal = (node: Node | undefined): string | undefined => {
  if (node?.type === 'Literal') return text(node, 'value');
  if (node?.type !== 'TemplateLiteral' || nodesAt(node, 'expressions').length > 0) return undefined;
  const cooked = nodesAt(node, 'quasis')[0]?.value;
  return typeof cooked === 'object' && cooked !== null && 'cooked' in cooked ? String(cooked.cooked) : undefined;
};

/** A dotted name as written, `a.b.c`; undefined for anything computed. */
const dotted = (node: Node | undefined): string | undefined => {
  if (node?.type === 'Identifier') return text(node, 'name');
  if (node?.type === 'MetaProperty') return 'import.meta';
  if (node?.type !== 'MemberExpression' || node.computed === true) return undefined;
  const object = dotted(nodeAt(node, 'object'));
  return object === undefined ? undefined : `${object}.${text(nodeAt(node, 'property'), 'name')}`;
};

/** What a module specifier that is not a plain string is reported as: no rule allows it. */
const unreadable = '(computed)';

const referenceOf = (node: Node): Omit<Reference, 'line'> | undefined => {
  const source = nodeAt(node, 'source');
  const named = literal(source) ?? unreadable;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration': {
      if (source === undefined) return undefined;
      const isType = node.importKind === 'type' || node.exportKind === 'type';
      return { kind: isType ? 'type' : 'import', specifier: named };
    }
    case 'ImportExpression':
      return { kind: 'dynamic', specifier: named };
    case 'TSImportType':
      return { kind: 'type', specifier: named };
    case 'TSExternalModuleReference':
      return { kind: 'import', specifier: literal(nodeAt(node, 'expression')) ?? unreadable };
    case 'CallExpression': {
      const callee = dotted(nodeAt(node, 'callee'));
      if (callee !== 'require' && callee !== 'require.resolve' && callee !== 'import.meta.resolve') return undefined;
      return { kind: 'dynamic', specifier: literal(nodesAt(node, 'arguments')[0]) ?? unreadable };
    }
    case 'NewExpression': {
      const [target, base] = nodesAt(node, 'arguments');
      if (dotted(nodeAt(node, 'callee')) !== 'URL' || dotted(base) !== 'import.meta.url') return undefined;
      const specifier = literal(target);
      return specifier === undefined ? undefined : { kind: 'url', specifier };
    }
    default:
      return undefined;
  }
};

const quietStatements: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'FunctionDeclaration',
  'EmptyStatement',
]);

/** Modules of Node whose functions only compute: calling them in a constant is no effect. */
const pureModules: ReadonlySet<string> = new Set(['node:path', 'node:url', 'node:util', 'node:module', 'node:events']);

const actingGlobals: ReadonlySet<string> = new Set(
  'setTimeout setInterval setImmediate queueMicrotask fetch WebSocket Worker Date process console document window localStorage navigator crypto performance'.split(
    ' ',
  ),
);

/** Names bound by runtime imports from modules that do things (node:fs, electron, …). */
const actingNames = (body: readonly Node[]): ReadonlySet<string> => {
  const names = body.flatMap((node) => {
    const from = literal(nodeAt(node, 'source')) ?? '';
    const acts = (from.startsWith('node:') && !pureModules.has(from)) || from === 'electron';
    if (node.type !== 'ImportDeclaration' || !acts) return [];
    return nodesAt(node, 'specifiers').map((specifier) => text(nodeAt(specifier, 'local'), 'name') ?? '');
  });
  return new Set([...names, ...actingGlobals]);
};

const isFunction = (node: Node): boolean => /Function|MethodDefinition|^TS(Abstract|Interface|Type)/.test(node.type);

/** Calls and awaits inside a constant's initialiser that act at once; the insides of functions run later. */
const actingCalls = (node: Node, acting: ReadonlySet<string>): readonly Node[] => {
  if (isFunction(node)) return [];
  const callee = dotted(nodeAt(node, 'callee'))?.split('.')[0];
  const acts =
    node.type === 'AwaitExpression' ||
    node.type === 'StaticBlock' ||
    (/^(Call|New)Expression$/.test(node.type) && callee !== undefined && acting.has(callee));
  return acts ? [node] : children(node).flatMap((child) => actingCalls(child, acting));
};

const topLevelEffects = (statement: Node, acting: ReadonlySet<string>): readonly Node[] => {
  if (quietStatements.has(statement.type) || statement.type.startsWith('TS')) return [];
  const isQuietKind = /^(Variable|Class|ExportNamed|ExportDefault)Declaration$/.test(statement.type);
  return isQuietKind ? actingCalls(statement, acting) : [statement];
};

const defaultExport = (node: Node): boolean =>
  node.type === 'ExportDefaultDeclaration' ||
  (node.type === 'ExportSpecifier' && text(nodeAt(node, 'exported'), 'name') === 'default');

const testModifier = (node: Node): string | undefined => {
  const name = node.type === 'MemberExpression' ? dotted(node) : undefined;
  return name !== undefined && /^(test|it|describe)\.(.*\.)?(only|skip|todo|fails|skipIf|runIf)$/.test(name)
    ? name
    : undefined;
};

const globalName = (node: Node): string | undefined => {
  const isNow = node.type === 'NewExpression' && nodesAt(node, 'arguments').length === 0;
  if (isNow && dotted(nodeAt(node, 'callee')) === 'Date') return 'new Date()';
  return node.type === 'MemberExpression' || node.type === 'Identifier' ? dotted(node) : undefined;
};

/** Reads a source file; `path` decides the language (`.ts`, `.tsx`, `.d.ts`, `.mjs`). */
export const readSource = (path: string, code: string): Source => {
  const lang = path.endsWith('.d.ts') ? 'dts' : path.endsWith('.tsx') ? 'tsx' : path.endsWith('.ts') ? 'ts' : 'js';
  const program: unknown = parseAst(code, { lang }, path);
  if (!isNode(program)) throw new Error(`${path} did not parse into a program`);
  const lineAt = (node: Node): number => code.slice(0, node.start).split('\n').length;

  const references: Reference[] = [];
  const defaultExports: Finding[] = [];
  const globals: Finding[] = [];
  const testModifiers: Finding[] = [];
  const visit = (node: Node): void => {
    const reference = referenceOf(node);
    if (reference !== undefined) references.push({ ...reference, line: lineAt(node) });
    if (defaultExport(node)) defaultExports.push({ what: 'default export', line: lineAt(node) });
    const modifier = testModifier(node);
    if (modifier !== undefined) testModifiers.push({ what: modifier, line: lineAt(node) });
    const name = globalName(node);
    if (name !== undefined) globals.push({ what: name, line: lineAt(node) });
    const parts = children(node);
    // A property or key is not a global of that name.
    const isNamed = /^(MemberExpression|Property|PropertyDefinition|MethodDefinition|TSPropertySignature)$/.test(
      node.type,
    );
    const own = isNamed && node.computed !== true ? [nodeAt(node, 'property'), nodeAt(node, 'key')] : [];
    for (const child of parts) if (!own.includes(child)) visit(child);
  };
  visit(program);

  const body = nodesAt(program, 'body');
  const acting = actingNames(body);
  const effects = body
    .filter((statement) => typeof statement.directive !== 'string')
    .flatMap((statement) => topLevelEffects(statement, acting))
    .map((node) => ({ what: code.slice(node.start, node.start + 60).split('\n')[0] ?? '', line: lineAt(node) }));

  return {
    references,
    effects,
    defaultExports,
    globals,
    testModifiers,
    startsWithComment: /^(#!.*\n)?\s*(\/\/ ?\S|\/\*)/.test(code),
    lineCount: code.trimEnd().split('\n').length,
  };
};
