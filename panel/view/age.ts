import { h } from 'preact';
import type { JSX } from 'preact';
import { useLive } from './live.ts';

/** How long ago something was; counts by itself while the page is open, also when nothing is heard any more. */
export function Age({ at }: { at: number }): JSX.Element {
  const { now } = useLive();
  return h('span', { class: 'age' }, formatAge(now.value - at));
}

/** `mm:ss`, from an hour on `h:mm:ss`; never less than nothing. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail}`;
}
