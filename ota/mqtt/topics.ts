/** Version of the contract. A message whose meaning changes gets another one, beside this. */
const version = 'v1';

/** What a device sends, each on a topic of its own. */
export const upTopics = [
  'birth',
  'lwt',
  'state',
  'telemetry',
  'summary',
  'event',
  'audit',
  'ota',
  'reply',
  'file',
] as const;

/** What a device is sent. */
export const downTopics = ['desired', 'cmd', 'file'] as const;

export type UpTopic = (typeof upTopics)[number];
export type DownTopic = (typeof downTopics)[number];

/**
 * A device's name on the broker: the common name of its certificate. It becomes part of topics and of the broker's
 * access rules, so nothing that means something there may be in it; whoever signs certificates checks the same.
 */
export const deviceIdForm = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export function upTopic(device: string, name: UpTopic): string {
  return `${version}/${device}/up/${name}`;
}

export function downTopic(device: string, name: DownTopic): string {
  return `${version}/${device}/down/${name}`;
}

/** What the fleet's side subscribes to: one kind of message of every device. */
export function upFilter(name: UpTopic): string {
  return `${version}/+/up/${name}`;
}

export type TopicParts =
  | { device: string; direction: 'up'; name: UpTopic }
  | { device: string; direction: 'down'; name: DownTopic };

/** Whose topic it is and what it is for; undefined for one that is none of this contract. */
export function parseTopic(topic: string): TopicParts | undefined {
  const [first, device = '', direction, name = '', ...more] = topic.split('/');
  if (first !== version || more.length > 0 || !deviceIdForm.test(device)) return undefined;
  if (direction === 'up' && isOneOf(upTopics, name)) return { device, direction, name };
  if (direction === 'down' && isOneOf(downTopics, name)) return { device, direction, name };
  return undefined;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
