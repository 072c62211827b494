// A worker thread starts here in a clone, where the modules are TypeScript: a thread does not inherit the loader of its parent.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.module);
