import { loadCore } from 'tabcast';
import * as contract from 'tabcast/contract';
import * as server from 'tabcast/server';
import * as react from 'tabcast/react';

export const loading: Promise<unknown> = loadCore();
export const modules: readonly object[] = [contract, react, server];
