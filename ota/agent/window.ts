/** When models may be exchanged: minutes since midnight, local time. `from` after `to` goes over midnight. */
export interface UpdateWindow {
  from: number;
  to: number;
  /** Minutes east of UTC. */
  utcOffsetMinutes: number;
}

/** Whether a moment lies in the window; `now` is wall time, milliseconds since 1970 UTC. */
export function isOpen({ from, to, utcOffsetMinutes }: UpdateWindow, now: number): boolean {
  const day = 24 * 60;
  const minute = (((Math.floor(now / 60_000) + utcOffsetMinutes) % day) + day) % day;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
