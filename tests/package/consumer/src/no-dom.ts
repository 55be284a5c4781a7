import * as contract from 'tabcast/contract';

export const module: object = contract;
