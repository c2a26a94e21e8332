import type { ForwarderStatus } from '../audit/forward/forwarder.ts';
import type { Synchronisation } from '../device/kernel-clock.ts';
import type { MachineReadings } from '../device/machine/readings.ts';
import type { KeyLevel } from '../device/root-key.ts';
import {
  type DeviceDetail,
  type DeviceFact,
  type DeviceGroup,
  type DeviceGroupId,
  type DeviceRow,
  type DeviceUnit,
  deviceGroups,
} from '../panel/device-detail.ts';
import { listUnsafe } from './config.ts';
import {
  certificateNoticeDays,
  type ConditionFacts,
  clockJumpMs,
  dayMs,
  lowDiskPercent,
} from './device-conditions.ts';
import type { DestinationStanding } from './outbox/destination.ts';
import type { UpdateStanding } from './updates.ts';

/** What the device page is drawn from, beside what conditions are. */
export interface DetailFacts extends ConditionFacts {
  softwareVersion: string;
  nodeVersion: string;
  /** Milliseconds since the program has started; of the machine where that is known. */
  uptimeMs: number;
  machine: MachineReadings;
  machineUptimeMs?: number | undefined;
  /** What the spool holds of received images. */
  held: { images: number; bytes: number };
  /** How the root key is kept. */
  keyLevel?: KeyLevel;
  /** Eight digits of the key that the fleet knows the device by, where it has one. */
  pairingCode?: string | undefined;
  /** Exams that wait for AI. */
  queue: number;
  destinations: readonly DestinationStanding[];
  synchronisation: Synchronisation;
  processes: { receiver: boolean; engine: boolean };
  /** Why updates have to wait. */
  updateReasons: readonly string[];
  /** How the update that is under way stands; absent while updates are off. */
  update?: UpdateStanding | undefined;
}

type Group = Omit<DeviceGroup, 'id'>;

/** The device page. What is not known is told as unknown. */
export function describeDeviceDetail(facts: DetailFacts): DeviceDetail {
  const describers: Record<DeviceGroupId, (facts: DetailFacts) => Group> = {
    work: describeWork,
    destinations: describeDestinations,
    models: describeModels,
    heat: describeHeat,
    storage: describeStorage,
    clock: describeClock,
    certificates: describeCertificates,
    software: describeSoftware,
    updates: describeUpdates,
  };
  return { groups: deviceGroups.map((id) => ({ id, ...describers[id](facts) })) };
}

function fact(
  id: string,
  unit: DeviceUnit,
  value: DeviceFact['value'],
  attention = false,
): DeviceFact {
  if (value === undefined || value === '')
    return { id, unit, value: undefined, standing: 'unknown' };
  return { id, unit, value, standing: attention ? 'attention' : 'plain' };
}

/** What need not be there: left out where it is not, instead of told as unknown. */
function given(id: string, unit: DeviceUnit, value: DeviceFact['value']): DeviceFact[] {
  return value === undefined || value === '' ? [] : [fact(id, unit, value, true)];
}

function describeWork({ queue, inference, processes, uptimeMs }: DetailFacts): Group {
  const { level, cause, late } = inference;
  return {
    facts: [
      fact('exams-waiting', 'count', queue),
      fact('engine', 'word', inference.state, inference.state === 'failing'),
      fact('level', 'word', level, level !== 'full'),
      ...given('level-cause', 'word', cause),
      ...given('late', 'milliseconds', late?.byMs),
      fact('receiver-process', 'word', processWord(processes.receiver), !processes.receiver),
      fact('engine-process', 'word', processWord(processes.engine), !processes.engine),
      fact('uptime', 'milliseconds', uptimeMs),
    ],
    rows: [],
  };
}

function processWord(runs: boolean): string {
  return runs ? 'runs' : 'stopped';
}

function describeDestinations({ destinations, configuration }: DetailFacts): Group {
  const protocolOf = (name: string) =>
    configuration.destinations.find((to) => to.name === name)?.protocol;
  return {
    facts: destinations.length === 0 ? [fact('destination', 'word', 'none', true)] : [],
    rows: destinations.map(({ name, waiting, answeredAt, failingSince, circuit }) => ({
      of: name,
      facts: [
        fact('protocol', 'word', protocolOf(name)),
        fact('circuit', 'word', circuit, circuit !== 'closed'),
        fact('waiting', 'count', waiting),
        answeredAt === undefined
          ? fact('answered', 'word', 'not-since-start')
          : fact('answered', 'instant', answeredAt),
        failingSince === undefined
          ? fact('failing-since', 'word', 'not-failing')
          : fact('failing-since', 'instant', failingSince, true),
      ],
    })),
  };
}

function describeModels({ bundles, inference }: DetailFacts): Group {
  const rows = bundles.map(({ hash, manifest: { identity } }): DeviceRow => {
    const placement = inference.served.find(({ bundle }) => bundle.hash === hash)?.placement;
    const isRefused = inference.refused.has(hash);
    const place = placement?.runtime === 'kserve' ? 'server' : placement?.provider;
    return {
      of: `${identity.name} ${identity.version}`,
      facts: [
        fact('runs-on', 'word', isRefused ? 'not-used' : place, isRefused),
        fact('because', 'text', inference.refused.get(hash) ?? placement?.because),
        fact('hash', 'text', hash),
      ],
    };
  });
  return { facts: rows.length === 0 ? [fact('model', 'word', 'none', true)] : [], rows };
}

function describeHeat({ machine, inference }: DetailFacts): Group {
  const { throttling, hotSurface } = machine.alerts;
  const yesOrNo = (is: boolean | undefined) => (is === undefined ? undefined : is ? 'yes' : 'no');
  return {
    facts: [
      fact('hottest', 'celsius', inference.hottest),
      fact('throttling', 'word', yesOrNo(throttling), throttling),
      fact('hot-surface', 'word', yesOrNo(hotSurface), hotSurface),
      fact('power-mode', 'text', machine.powerMode),
    ],
    rows: machine.zones.map(({ name, celsius, throttlesAt, shutsDownAt }) => ({
      of: name,
      facts: [
        fact(
          'now',
          'celsius',
          celsius,
          celsius !== undefined && celsius >= (throttlesAt ?? Infinity),
        ),
        fact('throttles-at', 'celsius', throttlesAt),
        fact('shuts-down-at', 'celsius', shutsDownAt),
      ],
    })),
  };
}

function describeStorage({ space, held, machine, audit, keyLevel }: DetailFacts): Group {
  const percent = Math.floor((100 * space.free) / space.total);
  const { availableBytes, totalBytes } = machine.memory;
  return {
    facts: [
      fact('disk-free', 'bytes', space.free, percent < lowDiskPercent),
      fact('disk-free-share', 'percent', percent, percent < lowDiskPercent),
      fact('images-held', 'count', held.images),
      fact('images-bytes', 'bytes', held.bytes),
      fact('memory-available', 'bytes', availableBytes),
      fact('memory-total', 'bytes', totalBytes),
      ...(keyLevel === undefined
        ? []
        : [fact('root-key', 'word', `key-${keyLevel}`, keyLevel === 'file')]),
      fact('audit-used', 'bytes', audit?.usedBytes, audit?.state !== 'ok'),
      fact('audit-quota', 'bytes', audit?.quotaBytes),
    ],
    rows: (audit?.forwarders ?? []).map(describeForwarder),
  };
}

/** A repository that the audit log is sent to. */
function describeForwarder(forwarder: ForwarderStatus): DeviceRow {
  const { name, protocol, state, since, backlog, refused } = forwarder;
  const isUp = state === 'connected';
  return {
    of: name,
    facts: [
      fact('protocol', 'word', protocol),
      fact('forwarding', 'word', state, !isUp),
      fact('since', 'instant', since),
      fact('waiting', 'count', backlog),
      fact('refused', 'text', refused ?? '–', refused !== undefined),
    ],
  };
}

function describeClock({ now, configuration, synchronisation, ...facts }: DetailFacts): Group {
  const jump = facts.clockJumpMs;
  const known = synchronisation === 'unknown' ? undefined : synchronisation;
  return {
    facts: [
      fact('wall-time', 'instant', now),
      fact('time-zone', 'minutes-of-zone', configuration.device.utcOffsetMinutes),
      fact('synchronisation', 'word', known, known === 'not-synchronised'),
      ...(jump !== undefined && Math.abs(jump) > clockJumpMs
        ? given('clock-jump', 'milliseconds', jump)
        : []),
    ],
    rows: [],
  };
}

function describeCertificates({ certificates, now }: DetailFacts): Group {
  if (!certificates) return { facts: [fact('certificate', 'word', undefined)], rows: [] };
  return {
    facts: certificates.length === 0 ? [fact('certificate', 'word', 'none')] : [],
    rows: certificates.map(({ subject, usedBy, notAfter }) => {
      const days = notAfter === undefined ? undefined : Math.floor((notAfter - now) / dayMs);
      const isNear = days !== undefined && days < certificateNoticeDays;
      return {
        of: subject,
        facts: [
          fact('used-by', 'text', usedBy.join(', ')),
          fact('not-after', 'instant', notAfter, isNear),
          fact('days-left', 'days', days, isNear),
        ],
      };
    }),
  };
}

function describeSoftware(facts: DetailFacts): Group {
  const { identity } = facts.machine;
  return {
    facts: [
      fact('version', 'text', facts.softwareVersion),
      fact('node', 'text', facts.nodeVersion),
      fact('machine', 'text', identity.model),
      fact('l4t', 'text', identity.l4t),
      fact('machine-uptime', 'milliseconds', facts.machineUptimeMs),
      fact('serial', 'text', facts.configuration.device.serial),
      ...(facts.pairingCode === undefined ? [] : [fact('pairing-code', 'text', facts.pairingCode)]),
    ],
    rows: listUnsafe(facts.configuration).map((of) => ({ of, facts: [] })),
  };
}

function describeUpdates({ updateReasons, update }: DetailFacts): Group {
  const word = !update ? 'not-set-up' : update.target ? 'under-way' : 'nothing-under-way';
  return {
    facts: [
      fact('signed-updates', 'word', word),
      ...(update?.target ? describeUpdate(update) : []),
      ...given('updates-wait', 'text', updateReasons.join(', ')),
    ],
    rows: [],
  };
}

function describeUpdate({ target, postponedUntil, postponementsLeft }: UpdateStanding) {
  return [
    fact('update-of', 'text', target),
    ...given('postponed-until', 'instant', postponedUntil),
    fact('postponements-left', 'count', postponementsLeft),
  ];
}
