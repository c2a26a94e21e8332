/** Priorities of IEC 60601-1-8, for what is wrong with the device; never for what AI says of a patient. */
export type ConditionPriority = 'high' | 'medium' | 'low';

export interface ConditionEntry {
  priority: ConditionPriority;
  /** For people, in English; `{name}` stands for a value. What it means and what to do. */
  text: string;
}

/** Every condition of the device: one source for the panel, telemetry and the documentation. */
export const conditions = {
  'pacs-failing': {
    priority: 'medium',
    text: 'No connection to {destination}: results wait here and are sent when it answers.',
  },
  other: { priority: 'medium', text: '{text}' },
} as const satisfies Record<string, ConditionEntry>;

export type ConditionId = keyof typeof conditions;

/** A condition that holds now. */
export interface ActiveCondition {
  id: ConditionId;
  /** Values of the text by name. */
  values: Record<string, string | number>;
}

/** The condition in English. */
export function conditionText({ id, values }: ActiveCondition): string {
  return conditions[id].text.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? ''),
  );
}
