import * as contract from 'tabcast/contract';
import * as server from 'tabcast/server';

export const modules: readonly object[] = [contract, server];
