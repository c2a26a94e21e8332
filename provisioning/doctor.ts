import type { KeyLevel } from '../device/root-key.ts';
import { DeviceListener } from './checks/device-listener.ts';
import { fleetChains } from './checks/fleet-check.ts';
import { judgeKeyLevel } from './checks/key-check.ts';
import { machineChecks } from './checks/machine-check.ts';
import { pacsReadingChecks } from './checks/pacs-check.ts';
import { timeCheck } from './checks/time-check.ts';
import { type Check, skip } from './checks/verdict.ts';
import type { Step } from './session/session.ts';
import type { SiteAnswers } from './site/site-file.ts';
import { peerChains, type StepPorts } from './steps.ts';

/** How the device is known, as far as it is set up. */
export interface KnownKeys {
  level: KeyLevel;
  /** Of the key that signs commissioning reports. */
  fingerprint: string;
}

export type DoctorPorts = Pick<
  StepPorts,
  'files' | 'clock' | 'roots' | 'lookup' | 'tryAccelerator' | 'pacs' | 'peers' | 'fleet'
> & {
  /** Undefined where there is no root key yet: none is made. */
  readKeys(): KnownKeys | undefined;
};

/** What can be asked at any time, beside a running appliance too: nothing is written and nothing is stored anywhere. */
export function doctorSteps(
  { configuration, expect, time }: Pick<SiteAnswers, 'configuration' | 'expect' | 'time'>,
  ports: DoctorPorts,
): Step[] {
  const machine = { ...ports, dataFolder: configuration.dataFolder };
  const listener = new DeviceListener();
  const step = (name: string, title: string, chains: Step['chains']): Step => ({
    name,
    title,
    needs: [],
    chains,
  });
  return [
    step('preflight', 'This machine', () => machineChecks(expect, machine).map((check) => [check])),
    step('identity', 'Identity and keys', () => [[knownKeys(ports)]]),
    step('time', 'Time', () => [[timeCheck(time, ports.clock)]]),
    step('peers', 'PACS and other destinations', () =>
      peerChains(configuration, ports, (pacs, own) =>
        pacsReadingChecks(pacs, { ...own, listener, testReports: () => [] }),
      ),
    ),
    step('fleet', 'Broker, updates and audit repositories', () =>
      fleetChains(ports.fleet(), ports),
    ),
  ];
}

function knownKeys({ readKeys }: DoctorPorts): Check {
  return {
    name: 'root-key',
    title: 'Root key of the device',
    run() {
      const known = readKeys();
      if (!known) return Promise.resolve(skip('there is none yet: the device is not set up'));
      const verdict = judgeKeyLevel(known.level);
      return Promise.resolve({
        ...verdict,
        facts: { ...verdict.facts, deviceKey: known.fingerprint },
      });
    },
  };
}
