/**
 * How one figure stands, in plain words: the colours of IEC 60601-1-8 belong to conditions. `plain`: there is nothing
 * to say of it. What is not known has no value and is `unknown`.
 */
export type Standing = 'plain' | 'attention' | 'unknown';

/** How a figure is written. `word`: a code that the panel words. `instant`: wall time, milliseconds since 1970 UTC. */
export type DeviceUnit =
  | 'text'
  | 'word'
  | 'celsius'
  | 'percent'
  | 'bytes'
  | 'count'
  | 'days'
  | 'instant'
  | 'milliseconds'
  | 'minutes-of-zone';

/** A figure of the device page. The panel words `id` and formats `value` by its unit; texts are untrusted. */
export interface DeviceFact {
  id: string;
  value: string | number | undefined;
  unit: DeviceUnit;
  standing: Standing;
}

/** What is known of one of several of a kind: a sensor, a destination, a certificate. Untrusted text. */
export interface DeviceRow {
  of: string;
  facts: DeviceFact[];
}

/** In the order of the page: what is short first. */
export const deviceGroups = [
  'work',
  'storage',
  'clock',
  'updates',
  'destinations',
  'models',
  'certificates',
  'heat',
  'software',
] as const;

export type DeviceGroupId = (typeof deviceGroups)[number];

/** Facts that belong together. The rows of a group have the same facts in the same order. */
export interface DeviceGroup {
  id: DeviceGroupId;
  facts: DeviceFact[];
  rows: DeviceRow[];
}

/** The device page. */
export interface DeviceDetail {
  groups: DeviceGroup[];
}
