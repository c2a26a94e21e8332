import type { ObjectKind, OutgoingObject } from '../spool/outgoing-object.ts';

/** Which objects a destination is sent. */
export interface DestinationRule {
  name: string;
  /** Kinds of objects. */
  objects: readonly ObjectKind[];
  /** Of every result, or only of those that raise a flag. */
  results: 'all' | 'flagged';
  /** Names of bundles; with none, of every one and of the device itself. */
  models: readonly string[];
}

export type RuledObject = Pick<OutgoingObject, 'kind' | 'flagged' | 'model' | 'destination'>;

/** Whether an object is for a destination. */
export function wants(
  { name, objects, results, models }: DestinationRule,
  { kind, flagged, model, destination }: RuledObject,
): boolean {
  return (
    objects.includes(kind) &&
    (destination === '' || destination === name) &&
    (results === 'all' || flagged) &&
    (models.length === 0 || models.includes(model))
  );
}
