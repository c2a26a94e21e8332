import type { Command } from './command.ts';
import { userAdd } from './user-add.ts';
import { userRemove, userReset, userRole, userUnlock } from './user-change.ts';
import { userList } from './user-list.ts';

/** The commands of the group `user`. */
export const userCommands: Record<string, Command> = {
  add: userAdd,
  list: userList,
  role: userRole,
  reset: userReset,
  remove: userRemove,
  unlock: userUnlock,
};
