// Real arithmetic in fixed point: a number is a bigint that counts 2^-bits. Enough digits (320 bits and more) that two different answers
// of human size differ visibly, and what is too small or too large to be seen is refused (NoValue) instead of becoming 0 or infinity.
import { bitLength, type Fraction, integerRoot } from './fraction.ts';
import { NoValue } from './work.ts';

const largestMagnitude = 8192;

export class Reals {
  readonly bits: number;
  readonly #shift: bigint;
  readonly one: bigint;
  /** How many times the work of 320 bits a root or a series takes: it grows with the square of the digits. */
  readonly cost: number;
  /** Results of products, quotients and powers below this have lost their digits. */
  readonly #smallest: bigint;
  #pi: bigint | undefined;
  #ln2: bigint | undefined;

  constructor(bits: number) {
    this.bits = bits;
    this.#shift = BigInt(bits);
    this.one = 1n << this.#shift;
    this.cost = Math.ceil((bits / 320) ** 2);
    this.#smallest = 1n << BigInt(Math.floor(bits * 0.45));
  }

  of(value: Fraction): bigint {
    return this.#kept((value.top << this.#shift) / value.bottom, value.top === 0n);
  }

  multiply(a: bigint, b: bigint): bigint {
    return this.#kept((a * b) >> this.#shift, a === 0n || b === 0n);
  }

  divide(a: bigint, b: bigint): bigint {
    if (b === 0n) throw new NoValue('division by zero');
    return this.#kept((a << this.#shift) / b, a === 0n);
  }

  sqrt(a: bigint): bigint {
    return integerRoot(a << this.#shift, 2);
  }

  root(a: bigint, n: number): bigint {
    return integerRoot(a << (this.#shift * BigInt(n - 1)), n);
  }

  get pi(): bigint {
    // Machin
    this.#pi ??= 16n * this.#atanOfInverse(5n) - 4n * this.#atanOfInverse(239n);
    return this.#pi;
  }

  get ln2(): bigint {
    // ln 2 = 2 atanh(1/3)
    this.#ln2 ??= 2n * this.#atanhSeries(this.one / 3n);
    return this.#ln2;
  }

  exp(x: bigint): bigint {
    const halvings = x / this.ln2;
    if (halvings > BigInt(largestMagnitude) || -halvings > BigInt(largestMagnitude)) throw new NoValue('exp');
    // e^x = 2^k (e^(r/256))^256
    let term = this.one;
    let sum = this.one;
    const r = (x - halvings * this.ln2) >> 8n;
    for (let n = 1n; term !== 0n && term !== -1n; n++) {
      term = ((term * r) >> this.#shift) / n;
      sum += term;
    }
    for (let i = 0; i < 8; i++) sum = (sum * sum) >> this.#shift;
    return this.#kept(halvings >= 0n ? sum << halvings : sum >> -halvings, false);
  }

  ln(x: bigint): bigint {
    if (x <= 0n) throw new NoValue('ln');
    // x = 2^k m with m about 1; three square roots bring m close to 1.
    const k = BigInt(bitLength(x) - this.bits);
    let m = k >= 0n ? x >> k : x << -k;
    for (let i = 0; i < 3; i++) m = this.sqrt(m);
    const y = ((m - this.one) << this.#shift) / (m + this.one);
    return 16n * this.#atanhSeries(y) + k * this.ln2;
  }

  /** [sin x, cos x] */
  sinCos(x: bigint): [bigint, bigint] {
    if (bitLength(x) > this.bits + 256) throw new NoValue('sin');
    const half = this.pi >> 1n;
    let turns = x / half;
    let r = x - turns * half;
    if (r < 0n) {
      r += half;
      turns -= 1n;
    }
    let [sin, cos, term] = [0n, 0n, this.one];
    for (let n = 1n; term !== 0n; n++) {
      const positive = ((n - 1n) >> 1n) % 2n === 0n;
      if (n % 2n === 1n) cos += positive ? term : -term;
      else sin += positive ? term : -term;
      term = ((term * r) >> this.#shift) / n;
    }
    switch (((turns % 4n) + 4n) % 4n) {
      case 0n:
        return [sin, cos];
      case 1n:
        return [cos, -sin];
      case 2n:
        return [-sin, -cos];
      default:
        return [-cos, sin];
    }
  }

  atan(x: bigint): bigint {
    // atan x = 2 atan(x / (1 + sqrt(1 + x^2))), four times
    let r = x;
    for (let i = 0; i < 4; i++) r = (r << this.#shift) / (this.one + this.sqrt(this.one + ((r * r) >> this.#shift)));
    const square = (r * r) >> this.#shift;
    let [sum, power] = [0n, r];
    for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
      sum += (n >> 1n) % 2n === 0n ? power / n : -power / n;
      power = (power * square) >> this.#shift;
    }
    return sum << 4n;
  }

  /** The angle of (x, y), in (-pi, pi]. */
  atan2(y: bigint, x: bigint): bigint {
    if (x === 0n && y === 0n) throw new NoValue('angle of 0');
    if (x === 0n) return y > 0n ? this.pi >> 1n : -(this.pi >> 1n);
    const angle = this.atan((y << this.#shift) / x);
    if (x > 0n) return angle;
    return y >= 0n ? angle + this.pi : angle - this.pi;
  }

  #kept(result: bigint, zero: boolean): bigint {
    const size = result < 0n ? -result : result;
    if (!zero && size < this.#smallest) throw new NoValue('too small');
    if (size >> BigInt(this.bits + largestMagnitude) !== 0n) throw new NoValue('too large');
    return result;
  }

  #atanOfInverse(n: bigint): bigint {
    let [sum, power, k] = [0n, this.one / n, 1n];
    for (; power !== 0n; k += 2n) {
      sum += (k >> 1n) % 2n === 0n ? power / k : -power / k;
      power /= n * n;
    }
    return sum;
  }

  #atanhSeries(y: bigint): bigint {
    const square = (y * y) >> this.#shift;
    let [sum, power] = [0n, y];
    for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
      sum += power / n;
      power = (power * square) >> this.#shift;
    }
    return sum;
  }
}
