import { parseAst } from 'vitest/node';

/** What one module refers to: a static or dynamic import, a re-export, or the address of another module. */
export interface Reference {
  specifier: string;
  /** Erased before the program runs. */
  typeOnly: boolean;
}

/** What the architecture test looks at in one TypeScript file. `path` is relative to the repository, with slashes. */
export interface SourceModule {
  path: string;
  text: string;
  references: Reference[];
  defaultExport: boolean;
  enumeration: boolean;
}

interface Node {
  type: string;
  importKind?: string;
  exportKind?: string;
  specifiers?: { importKind?: string; exportKind?: string }[];
  source?: Node | null;
  callee?: Node;
  arguments?: Node[];
  object?: Node;
  name?: string;
  value?: unknown;
}

/** Parses a file's text; text that is not TypeScript throws. */
export function readModule(path: string, text: string): SourceModule {
  const program: unknown = parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' });
  const nodes = [...walk(program)];
  const has = (type: string): boolean => nodes.some((node) => node.type === type);
  return {
    path,
    text,
    references: nodes.flatMap(references),
    defaultExport: has('ExportDefaultDeclaration'),
    enumeration: has('TSEnumDeclaration'),
  };
}

function* walk(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) yield value;
  for (const child of Object.values(value)) yield* walk(child);
}

function isNode(value: object): value is Node {
  return 'type' in value && typeof value.type === 'string';
}

function references(node: Node): Reference[] {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return named(node.source, isTypeOnly(node));
    case 'NewExpression':
      return node.callee?.name === 'URL' ? relative(node.arguments?.[0]) : [];
    case 'CallExpression':
      return resolves(node.callee) ? named(node.arguments?.[0], false) : [];
    default:
      return [];
  }
}

function named(literal: Node | null | undefined, typeOnly: boolean): Reference[] {
  return typeof literal?.value === 'string' ? [{ specifier: literal.value, typeOnly }] : [];
}

function relative(literal: Node | undefined): Reference[] {
  return named(literal, false).filter(({ specifier }) => specifier.startsWith('.'));
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType') return true;
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const names = node.specifiers ?? [];
  return names.length > 0 && names.every((name) => (name.importKind ?? name.exportKind) === 'type');
}

/** `import.meta.resolve(...)` and `require(...)`. */
function resolves(callee: Node | undefined): boolean {
  return callee?.name === 'require' || callee?.object?.type === 'MetaProperty';
}
