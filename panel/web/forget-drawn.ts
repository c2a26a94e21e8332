import { options } from 'preact';
import type { VNode } from 'preact';

/** What Preact 11 calls a node's children and its component. */
interface Drawn extends VNode {
  __k?: unknown;
  __c?: object;
}

/**
 * Has each node that a component has drawn anew forget its children. The first node of a component stays in its parent's
 * props for as long as the page is open, and from it everything that was drawn since could be reached: a list that
 * changes all day would grow for ever. Later than the drawing, which still compares old and new.
 */
export function forgetDrawn(): void {
  const newest = new WeakMap<object, Drawn>();
  const before = options.diffed;
  options.diffed = (node: Drawn) => {
    before?.(node);
    if (!node.__c) return;
    const last = newest.get(node.__c);
    newest.set(node.__c, node);
    if (last && last !== node) queueMicrotask(() => (last.__k = null));
  };
}
