// A filter of system calls (seccomp) for what runs in the sandbox: those that could take memory past its limits, make namespaces of their
// own, look into other processes, end its parent, or open sockets that no namespace bounds, fail with "not permitted". As bytes of a BPF program, which bwrap hands to the kernel.

interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  audit: number;
  /** Numbers of system calls, of the kernel's tables. */
  calls: Record<Refused, number>;
  clone: number;
  kill: number;
  socket: number;
}

const refused = [
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'unshare',
  'setns',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'keyctl',
  'add_key',
  'request_key',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'memfd_create',
  'shmget',
  'msgget',
  'semget',
  'mq_open',
  'io_uring_setup',
  'open_by_handle_at',
] as const;
type Refused = (typeof refused)[number];

const numbers = (...list: number[]): Record<Refused, number> =>
  Object.fromEntries(refused.map((name, i) => [name, list[i]])) as Record<Refused, number>;

const architectures: Partial<Record<NodeJS.Architecture, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    calls: numbers(101, 310, 311, 272, 308, 165, 166, 155, 161, 250, 248, 249, 321, 298, 323, 319, 29, 68, 64, 240, 425, 304),
    clone: 56,
    kill: 62,
    socket: 41,
  },
  arm64: {
    audit: 0xc00000b7,
    calls: numbers(117, 270, 271, 97, 268, 40, 39, 41, 51, 219, 217, 218, 280, 241, 282, 279, 194, 186, 190, 180, 425, 265),
    clone: 220,
    kill: 129,
    socket: 198,
  },
};

// Codes of linux/bpf_common.h, and where struct seccomp_data has what they look at.
const load = 0x20;
const jumpEqual = 0x15;
const jumpAtLeast = 0x35;
const jumpAnyBit = 0x45;
const answer = 0x06;
const [numberAt, architectureAt, firstArgumentAt] = [0, 4, 16];
const allow = 0x7fff0000;
const kill = 0x80000000;
const notPermitted = 0x00050001;
const noSuchCall = 0x00050026;
/** Every flag of clone that makes a namespace. */
const newNamespaces = 0x7e020000;
/** AF_UNIX, AF_INET, AF_INET6. */
const families = [1, 2, 10];
/** Its arguments lie in memory, where no filter can look; libc falls back to clone. */
const clone3 = 435;
const x32 = 0x40000000;

/** The filter for this machine's processor; undefined where its calls are not known here. */
export function seccompFilter(architecture: NodeJS.Architecture = process.arch): Buffer | undefined {
  const known = architectures[architecture];
  if (known === undefined) return undefined;
  const steps: [code: number, value: number, ifTrue: number, ifFalse: number][] = [];
  const put = (code: number, value: number, ifTrue = 0, ifFalse = 0) => steps.push([code, value >>> 0, ifTrue, ifFalse]);
  put(load, architectureAt);
  put(jumpEqual, known.audit, 1, 0);
  put(answer, kill);
  put(load, numberAt);
  put(jumpAtLeast, x32, 0, 1);
  put(answer, noSuchCall);
  put(jumpEqual, clone3, 0, 1);
  put(answer, noSuchCall);
  for (const number of Object.values(known.calls)) {
    put(jumpEqual, number, 0, 1);
    put(answer, notPermitted);
  }
  put(jumpEqual, known.clone, 0, 4);
  put(load, firstArgumentAt);
  put(jumpAnyBit, newNamespaces, 0, 1);
  put(answer, notPermitted);
  put(answer, allow);
  // Signals go to single processes, never to the first one, a group or all.
  put(jumpEqual, known.kill, 0, 5);
  put(load, firstArgumentAt);
  put(jumpAtLeast, 0x80000000, 1, 0);
  put(jumpAtLeast, 2, 1, 0);
  put(answer, notPermitted);
  put(answer, allow);
  // Sockets that end in the sandbox's own network, which has nothing but itself; others (vsock) know no such bounds.
  put(jumpEqual, known.socket, 0, 5);
  put(load, firstArgumentAt);
  for (const [i, family] of families.entries()) put(jumpEqual, family, families.length - i, 0);
  put(answer, notPermitted);
  put(answer, allow);
  const bytes = Buffer.alloc(steps.length * 8);
  for (const [i, [code, value, ifTrue, ifFalse]] of steps.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(ifTrue, i * 8 + 2);
    bytes.writeUInt8(ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(value, i * 8 + 4);
  }
  return bytes;
}
