import { expect, test } from 'vitest';
import { systemctlUnits } from '../../../src/facts/parsers/systemctl-units.js';
import { parseOutput } from './parse-output.js';

test('services that run are told, failed ones are not', () => {
  const text = `  UNIT                     LOAD   ACTIVE SUB     DESCRIPTION
  ds_agent.service         loaded active running Trend Micro Deep Security Agent
● tuned.service            loaded failed failed  Dynamic System Tuning Daemon

LOAD   = Reflects whether the unit definition was properly loaded.
`;
  expect(parseOutput(systemctlUnits, 'systemctl list-units --type=service', text).facts).toEqual({
    'units.active': ['ds_agent'],
  });
});

test('the list of System V scripts is read as well', () => {
  expect(parseOutput(systemctlUnits, 'service --status-all', ' [ + ]  cron\n [ - ]  ufw\n').facts).toEqual({
    'units.active': ['cron'],
  });
});
