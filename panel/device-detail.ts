/** How one line of the device page stands. Colours of IEC 60601-1-8 belong to conditions; these are plain words. */
export type Standing = 'ok' | 'attention' | 'unknown';

/** A figure of the device page. The panel words `id` and formats `value` by its unit; texts are untrusted. */
export interface DeviceFact {
  id: string;
  /** What it is of, where there are several: a destination, a certificate, a sensor. */
  of?: string;
  value: string | number | undefined;
  unit: 'text' | 'celsius' | 'percent' | 'bytes' | 'count' | 'instant' | 'milliseconds' | 'word';
  standing: Standing;
}

/** A group of facts; `id` is worded by the panel. */
export interface DeviceGroup {
  id:
    | 'heat'
    | 'storage'
    | 'work'
    | 'models'
    | 'software'
    | 'clock'
    | 'certificates'
    | 'destinations'
    | 'updates';
  facts: DeviceFact[];
}

/** The device page. */
export interface DeviceDetail {
  groups: DeviceGroup[];
}
