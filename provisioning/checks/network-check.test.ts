import { describe, expect, it, test } from 'vitest';
import { network, type Network } from '../site/network.ts';
import { isSet, networkCheck, nmcliCommands, type ToolResult } from './network-check.ts';

const fixed = network.parse({
  by: 'networkmanager',
  interface: 'eth0',
  address: '10.0.0.42/24',
  gateway: '10.0.0.1',
  dns: ['10.0.0.2', '10.0.0.3'],
  searchDomains: ['hospital.example'],
});
const byDhcp: Network = {
  ...fixed,
  address: 'dhcp',
  gateway: undefined,
  dns: [],
  searchDomains: [],
};

/** A machine with a simulated NetworkManager: `ends` says how each command does, in order; what is up has the address. */
function machine(ends: ToolResult[], before: string[] = [], after: string[] = before) {
  const asked: string[] = [];
  let isUp = false;
  return {
    asked,
    addresses: () => new Map([['eth0', isUp ? after : before]]),
    nmcli: (args: readonly string[]) => {
      asked.push(args.join(' '));
      const end = ends[asked.length - 1] ?? { code: 0, output: '' };
      if (args.includes('up') && end.code === 0) isUp = true;
      return end;
    },
  };
}

const done = { code: 0, output: '' };
const unknown = { code: 10, output: 'no such connection' };

test.each([
  ['the address', fixed, ['10.0.0.42/24'], true],
  ['another prefix', fixed, ['10.0.0.42/16'], false],
  ['none', fixed, [], false],
  ['any lease', byDhcp, ['192.168.4.7/24'], true],
  ['nothing but what it gave itself', byDhcp, ['169.254.3.4/16', 'fe80::1/64'], false],
])('a machine with %s is set as wanted or not', (_, wanted, found, expected) => {
  expect(isSet(wanted, new Map([['eth0', found]]))).toBe(expected);
});

describe('the commands', () => {
  it('make a connection with everything that was asked for', () => {
    expect(nmcliCommands(fixed, false).map((each) => each.join(' '))).toEqual([
      'connection add con-name scanside autoconnect yes type ethernet ifname eth0 ipv4.method manual ' +
        'ipv4.addresses 10.0.0.42/24 ipv4.gateway 10.0.0.1 ipv4.dns 10.0.0.2 10.0.0.3 ipv4.dns-search hospital.example',
      'connection up scanside',
    ]);
  });

  it('change the one that is there, so that a second visit makes no second one', () => {
    expect(nmcliCommands(byDhcp, true)[0]!.join(' ')).toBe(
      'connection modify scanside ipv4.method auto',
    );
  });

  it('put a VLAN on its interface', () => {
    expect(nmcliCommands({ ...byDhcp, vlan: 120 }, false)[0]!.join(' ')).toContain(
      'type vlan ifname eth0.120 dev eth0 id 120',
    );
  });
});

describe('the check', () => {
  it('leaves a machine alone that stands as wanted', async () => {
    const ports = machine([], ['10.0.0.42/24']);
    expect(await networkCheck(fixed, ports).run()).toMatchObject({
      state: 'pass',
      facts: { set: 'already' },
    });
    expect(ports.asked).toEqual([]);
  });

  it('sets the network, and says that it is so now', async () => {
    const ports = machine([unknown, done, done], [], ['10.0.0.42/24']);
    expect(await networkCheck(fixed, ports).run()).toMatchObject({
      state: 'pass',
      facts: { set: 'now' },
    });
    expect(ports.asked[0]).toBe('connection show scanside');
  });

  it.each([
    ['NETWORK_TOOL_MISSING', machine([unknown, { code: undefined, output: '' }]), /nmcli/],
    ['NETWORK_NOT_SET', machine([unknown, { code: 2, output: 'invalid IPv4' }]), /invalid IPv4/],
    ['NETWORK_NOT_SET', machine([unknown, done, done]), /has not come up/],
  ])('names %s', async (code, ports, says) => {
    expect(await networkCheck(fixed, ports).run()).toMatchObject({
      state: 'fail',
      code,
      cause: expect.stringMatching(says),
    });
  });

  it('says what is to be set where somebody else sets it', async () => {
    const ports = machine([]);
    expect(await networkCheck({ ...fixed, by: 'nobody' }, ports).run()).toMatchObject({
      state: 'fail',
      code: 'NETWORK_TO_BE_SET',
      cause: expect.stringMatching(/eth0: ipv4.method manual ipv4.addresses 10.0.0.42\/24/),
    });
    expect(ports.asked).toEqual([]);
  });
});

test.each([
  ['address', { address: '10.0.0.42' }],
  ['address', { address: '10.0.0.42/33' }],
  ['interface', { interface: 'eth0; reboot' }],
  ['gateway', { gateway: 'router' }],
  ['vlan', { vlan: 4095 }],
])('answers with a wrong %s are refused: %j', (key, change) => {
  const { error } = network.safeParse({ interface: 'eth0', address: 'dhcp', ...change });
  expect(error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
