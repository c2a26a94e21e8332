import type { Command } from './command.ts';
import { fleetInit } from './fleet-init.ts';
import { fleetPublish } from './fleet-publish.ts';
import { fleetSign } from './fleet-sign.ts';

/** The commands of the group `fleet`. */
export const fleetCommands: Record<string, Command> = {
  init: fleetInit,
  publish: fleetPublish,
  sign: fleetSign,
};
