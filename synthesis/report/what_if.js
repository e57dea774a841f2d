"use strict";
/**
 * The statistics of "what if": random-effects pooling of a page's studies, in plain JavaScript.
 *
 * The same definitions as synthesis/pooling, held to it at 1e-9 by the tests. One data set at a time, sums over
 * studies alone. Offered is what is exact here; every other word is refused with a RangeError.
 */
const whatIf = (() => {
  // Distributions. Continued fractions and series: Abramowitz & Stegun 1964, 6.5, 26.5.

  /** log of the gamma function, x > 0: Stirling's series from 15 on, where its next term is below 1e-17. */
  function logGamma(x) {
    let shift = 0;
    while (x < 15) shift += Math.log(x++);
    const z = 1 / (x * x);
    const series =
      (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * (691 / 360360 - z / 156)))))) / x;
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
  }

  const TINY = 1e-300;
  const ENOUGH = 1e-16;
  const TERMS = 20000;

  /** Lentz's evaluation of a continued fraction 1 / (b0 + a1 / (b1 + ...)); term(n) gives [a_n, b_n], from 0. */
  function fraction(term) {
    let [, b] = term(0);
    let c = 1 / TINY;
    let d = 1 / (b || TINY);
    let value = d;
    for (let n = 1; n < TERMS; n++) {
      const [a, next] = term(n);
      d = 1 / (next + a * d || TINY);
      c = next + a / c || TINY;
      value *= c * d;
      if (Math.abs(c * d - 1) < ENOUGH * 2) break;
    }
    return value;
  }

  /** [lower, upper] regularised incomplete gamma functions of shape a at x. */
  function gammaTails(a, x) {
    if (!(x > 0)) return [0, 1];
    if (x === Infinity) return [1, 0];
    const front = Math.exp(a * Math.log(x) - x - logGamma(a));
    if (x < a + 1) {
      let term = 1 / a;
      let sum = term;
      for (let n = 1; n < TERMS && term > ENOUGH * sum; n++) sum += term *= x / (a + n);
      return [front * sum, 1 - front * sum];
    }
    const upper = front * fraction((n) => [n * (a - n), x + 2 * n + 1 - a]);
    return [1 - upper, upper];
  }

  /** The regularised incomplete beta function at x, y = 1 - x given apart as digits of one of them are lost. */
  function beta(a, b, x, y) {
    if (!(x > 0)) return 0;
    if (!(y > 0)) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - beta(b, a, y, x);
    const front = Math.exp(a * Math.log(x) + b * Math.log(y) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
    return (
      front *
      fraction((n) => {
        if (n === 0) return [1, 1];
        const m = n >> 1;
        const above = n % 2 ? -(a + m) * (a + b + m) : m * (b - m);
        return [(above * x) / ((a + n - 1) * (a + n)), 1];
      })
    );
  }

  /** P(|T| >= |t|) for T of t(df); normal where df is infinite, NaN where df <= 0. */
  function twoSided(t, df) {
    if (Number.isNaN(t) || !(df > 0)) return NaN;
    if (!Number.isFinite(t)) return 0;
    if (df === Infinity) return gammaTails(0.5, 0.5 * t * t)[1];
    const square = t * t;
    return beta(0.5 * df, 0.5, df / (df + square), square / (df + square));
  }

  /** Where an increasing function of log(x) crosses zero: secants inside a bracket, halved when they are slow. */
  function crossing(value, low, high) {
    let atLow = value(low);
    let atHigh = value(high);
    for (let step = 0; step < 200 && high - low > 4e-16 * Math.max(1, Math.abs(low)); step++) {
      let middle = 0.5 * (low + high);
      if (step % 3) {
        const secant = low - (atLow * (high - low)) / (atHigh - atLow);
        if (secant > low && secant < high) middle = secant;
      }
      const at = value(middle);
      if (at === 0) return middle;
      if (at < 0) [low, atLow] = [middle, at];
      else [high, atHigh] = [middle, at];
    }
    return 0.5 * (low + high);
  }

  /** The point that |T| of t(df) exceeds with probability 1 - level. */
  function quantile(df, level) {
    if (!(df > 0)) return NaN;
    const tail = Math.log1p(-level);
    return Math.exp(crossing((x) => tail - Math.log(twoSided(Math.exp(x), df)), -40, df < 1 ? 300 : 40));
  }

  /** The point that chi2(df) exceeds with probability `upper`. */
  function chi2Quantile(df, upper) {
    const value =
      upper > 0.5
        ? (x) => Math.log(gammaTails(0.5 * df, 0.5 * Math.exp(x))[0] || TINY) - Math.log1p(-upper)
        : (x) => Math.log(upper) - Math.log(gammaTails(0.5 * df, 0.5 * Math.exp(x))[1] || TINY);
    return Math.exp(crossing(value, -300, 20));
  }

  // Sums over studies. Effects are measured from the study with the smallest variance, in its standard errors;
  // that study is kept apart, so that no digits are lost where it dominates.

  /** Studies in their own units: others y, v; vMin = 1 of the study kept apart; k. */
  function inOwnUnits(yi, vi) {
    let top = 0;
    for (let i = 1; i < vi.length; i++) if (vi[i] < vi[top]) top = i;
    const scale = Math.sqrt(vi[top]);
    const y = [];
    const v = [];
    for (let i = 0; i < yi.length; i++) {
      if (i === top) continue;
      y.push((yi[i] - yi[top]) / scale);
      v.push(vi[i] / vi[top]);
    }
    return { y, v, k: yi.length, df: yi.length - 1, top, origin: yi[top], scale };
  }

  /**
   * The weighted fit at tau2: total weight, mean, y'Py, y'PPy, y'PPPy, tr(W), tr(WW), tr(P), tr(PP) and log|W|.
   * Every trace is a sum of positive terms: tr(PP) = sum w2 (1 - w/W)^2 + sum over pairs w2 w2 / W^2.
   */
  function fitAt(data, tau2) {
    const { y, v, k } = data;
    const top = 1 / (1 + tau2);
    let s1 = 0;
    let s2 = 0;
    let s4 = 0;
    let wy = 0;
    let logW = Math.log(top);
    for (let i = 0; i < k - 1; i++) {
      const w = 1 / (v[i] + tau2);
      s1 += w;
      s2 += w * w;
      s4 += w * w * w * w;
      wy += w * y[i];
      logW += Math.log(w);
    }
    const total = s1 + top;
    const mean = wy / total;
    const apart = s1 / total;
    let ypy = top * mean * mean;
    let yppy = top * top * mean * mean;
    let shares = (top * apart) ** 2;
    let centre = -top * top * mean;
    for (let i = 0; i < k - 1; i++) {
      const w = 1 / (v[i] + tau2);
      const u = w * (y[i] - mean);
      ypy += u * (y[i] - mean);
      yppy += u * u;
      centre += w * u;
      shares += (w * ((total - w) / total)) ** 2;
    }
    centre /= total;
    let ypppy = top * (-top * mean - centre) ** 2;
    for (let i = 0; i < k - 1; i++) {
      const w = 1 / (v[i] + tau2);
      ypppy += w * (w * (y[i] - mean) - centre) ** 2;
    }
    const pairs = Math.max(s2 * s2 - s4, 0) + 2 * top * top * s2;
    return {
      total,
      mean,
      ypy,
      yppy,
      ypppy,
      traceW: total,
      traceWW: s2 + top * top,
      traceP: (Math.max(s1 * s1 - s2, 0) + 2 * s1 * top) / total,
      tracePP: shares + pairs / (total * total),
      logW,
    };
  }

  // Likelihoods of tau2 and their global maximum.

  const FULL = {
    trace: (at) => at.traceW,
    slope: (at) => at.traceWW,
    value: (at) => 0.5 * (at.logW - at.ypy),
    count: (data) => data.k,
  };
  const RESTRICTED = {
    trace: (at) => at.traceP,
    slope: (at) => at.tracePP,
    value: (at) => 0.5 * (at.logW - Math.log(at.total) - at.ypy),
    count: (data) => data.df,
  };

  /** log f, log g, A = f / y'PPPy and B = g / -g', the score being (f - g) / 2. */
  function curveAt(data, tau2, criterion) {
    const at = fitAt(data, tau2);
    const f = Math.max(at.yppy, TINY);
    const g = criterion.trace(at);
    return { tau2, f: Math.log(f), g: Math.log(g), a: f / Math.max(at.ypppy, TINY), b: g / criterion.slope(at) };
  }

  /**
   * Whether the score is proven to cross zero from plus to minus once at most between two points, or not at all.
   * The bounds are those of synthesis/pooling/kernel/likelihood.py: log f and log g are convex and fall, and A and
   * B rise at least as fast as tau2.
   */
  function decided(left, right) {
    const width = right.tau2 - left.tau2;
    if (!(right.tau2 + 1 > (1 + 2 ** -10) * (left.tau2 + 1))) return true;
    if (left.a + width > 2 * right.b) return true;
    const late = Math.max(right.a - width - 2 * left.b, 0);
    if (late === 0) return true;
    const b = Math.max(right.b - width, left.b);
    if (left.f - left.g > Math.max(2 * Math.log1p(late / left.a) - Math.log1p(late / b), 0)) return true;
    const bend = 1 / left.b - 1 / right.b;
    const fromLeft = bend > 0 ? (left.g - right.g - width / right.b) / bend : 0;
    const chord = left.f + (right.f - left.f) * (fromLeft / width);
    return left.g > left.f && right.g > right.f && left.g - fromLeft / left.b > chord;
  }

  /** The root of the score between two points, by Newton's method on g / f - 1 that cannot leave its bracket. */
  function climb(data, criterion, low, high) {
    let t = 0.5 * (low + high);
    for (let step = 0; step < 200; step++) {
      const at = fitAt(data, t);
      const f = Math.max(at.yppy, TINY);
      const g = criterion.trace(at);
      const value = g / f - 1;
      if (value >= 0) high = t;
      else low = t;
      let next = t - (value * f * f) / (2 * g * at.ypppy - criterion.slope(at) * f);
      if (!(next >= low && next <= high)) next = Math.sqrt((low + 1) * (high + 1)) - 1;
      const moved = Math.abs(next - t);
      t = next;
      if (moved <= 1e-15 * (t + 1)) break;
    }
    return t;
  }

  /** The tau2 >= 0 with the largest likelihood. */
  function maximum(data, criterion) {
    const s = sumOfSquares(data) / criterion.count(data);
    const vMax = Math.max(1, ...data.v);
    const end = 1.01 * (s + Math.sqrt(s * vMax));
    if (!(end > 0)) return 0;
    const zero = curveAt(data, 0, criterion);
    const open = [[zero, curveAt(data, end, criterion)]];
    const maxima = zero.f <= zero.g ? [0] : [];
    while (open.length) {
      const [left, right] = open.pop();
      if (decided(left, right)) {
        if (left.f > left.g && right.f <= right.g) maxima.push(climb(data, criterion, left.tau2, right.tau2));
        continue;
      }
      const middle = curveAt(data, Math.sqrt((left.tau2 + 1) * (right.tau2 + 1)) - 1, criterion);
      open.push([left, middle], [middle, right]);
    }
    let best = 0;
    let height = -Infinity;
    for (const tau2 of maxima) {
      const value = criterion.value(fitAt(data, tau2));
      if (value > height) [best, height] = [tau2, value];
    }
    return best;
  }

  /** The unweighted residual sum of squares. */
  function sumOfSquares({ y, k }) {
    const mean = y.reduce((sum, each) => sum + each, 0) / k;
    return y.reduce((sum, each) => sum + (each - mean) ** 2, mean * mean);
  }

  /** The tau2 >= 0 at which Q = target; zero when Q is below it at tau2 = 0. */
  function whereQIs(data, target) {
    let low = 0;
    let high = sumOfSquares(data) / target;
    let t = 0;
    for (let step = 0; step < 200; step++) {
      const at = fitAt(data, t);
      const value = target / at.ypy - 1;
      if (value >= 0) {
        if (t === 0) return 0;
        high = t;
      } else low = t;
      let next = t - (value * at.ypy * at.ypy) / (target * at.yppy);
      if (!(next >= low && next <= high)) next = Math.sqrt((low + 1) * (high + 1)) - 1;
      const moved = Math.abs(next - t);
      t = next;
      if (moved <= 1e-15 * (t + 1)) break;
    }
    return t;
  }

  const ESTIMATORS = {
    EE: () => 0,
    DL: (data, zero) => Math.max((zero.ypy - data.df) / zero.traceP, 0),
    PM: (data) => whereQIs(data, data.df),
    ML: (data) => maximum(data, FULL),
    REML: (data) => maximum(data, RESTRICTED),
  };

  /** The factor of the model's variance, and whether the distribution is t(k - 1). */
  const TESTS = {
    z: { factor: () => 1, student: false },
    t: { factor: () => 1, student: true },
    HKSJ: { factor: (at, df) => at.ypy / df, student: true },
    adhoc: { factor: (at, df) => Math.max(at.ypy / df, 1), student: true },
  };

  /** Degrees of freedom, and the test whose standard error it uses (null for the one chosen). */
  const PREDICTIONS = {
    "t(k-1)": { df: (df) => df, se: null },
    "t(k-2)": { df: (df) => df - 1, se: null },
    z: { df: () => Infinity, se: null },
    HTS: { df: (df) => df - 1, se: "z" },
    HKSJ: { df: (df) => df - 1, se: "HKSJ" },
  };

  function known(table, word, what) {
    if (!Object.hasOwn(table, word)) {
      throw new RangeError(`${what} '${word}' is not computed here; expected ${Object.keys(table).join(", ")}`);
    }
    return table[word];
  }

  function check(yi, vi, level) {
    if (yi.length !== vi.length || !yi.length) throw new RangeError("expected one variance for each effect");
    if (!yi.every(Number.isFinite)) throw new RangeError("expected effects that are finite numbers");
    if (!vi.every((v) => v > 0 && v < Infinity)) throw new RangeError("expected variances above zero");
    if (!(level > 0 && level < 1)) throw new RangeError("expected a level between 0 and 1");
  }

  /** I2 (percent) and H2 of a tau2, in the units in which (k - 1) / tr(P) is the typical variance. */
  const shareOf = (tau2, typical) => (100 * tau2) / (tau2 + typical);
  const ratioOf = (tau2, typical) => 1 + tau2 / typical;

  /** Standard error, reference df and half-width of the mean under a test. */
  function underTest(test, at, df, level, scale) {
    const { factor, student } = TESTS[test];
    const se = Math.sqrt(factor(at, df) / at.total) * scale;
    const reference = student ? df : Infinity;
    return { se, df: reference, half: quantile(reference, level) * se };
  }

  /** Where the effect of a new study is expected, never narrower than the intervals of the mean. */
  function predicted(kind, mean, tau2, at, df, chosen, wald, level, scale) {
    const degrees = kind.df(df);
    if (!(degrees > 0)) return [NaN, NaN, NaN];
    const se = kind.se === null ? chosen.se : underTest(kind.se, at, df, level, scale).se;
    const half = Math.max(quantile(degrees, level) * Math.sqrt(tau2 + se * se), chosen.half, wald.half);
    return [mean - half, mean + half, degrees];
  }

  /**
   * Pool effects yi with sampling variances vi, on the scale of the analysis.
   *
   * estimator: REML, ML, DL, PM, EE. test: z, t, HKSJ, adhoc. prediction: t(k-1), t(k-2), z, HTS, HKSJ.
   * level: a fraction. One study is returned as it is, with its z interval; what does not exist is NaN. Weights
   * are percent, in the order given; I2 is percent. Throws RangeError for what is not computed here.
   */
  function pool({ yi, vi, estimator = "REML", test = "HKSJ", prediction = "t(k-1)", level = 0.95 }) {
    check(yi, vi, level);
    const estimate = known(ESTIMATORS, estimator, "estimator");
    known(TESTS, test, "test");
    const kind = known(PREDICTIONS, prediction, "prediction");
    const data = inOwnUnits(yi, vi);
    const { k, df, scale } = data;
    const zero = fitAt(data, 0);
    const alone = k === 1;
    const inner = alone ? 0 : estimate(data, zero);
    const at = fitAt(data, inner);
    const mean = at.mean * scale + data.origin;
    const wald = underTest("z", at, df, level, scale);
    const chosen = alone ? wald : underTest(test, at, df, level, scale);
    const statistic = mean / chosen.se;
    const typical = alone ? NaN : df / zero.traceP;
    // With tau2 fixed at zero, heterogeneity is what Q shows.
    const shown = estimator === "EE" ? (zero.ypy - df) / zero.traceP : inner;
    const tail = 0.5 * (1 - level);
    const ends = alone ? [NaN, NaN] : [tail, 1 - tail].map((p) => whereQIs(data, chi2Quantile(df, p)));
    const tau2 = alone ? NaN : inner * scale * scale;
    const nothing = alone || estimator === "EE";
    const [predictionLower, predictionUpper, predictionDf] = nothing
      ? [NaN, NaN, NaN]
      : predicted(kind, mean, tau2, at, df, chosen, wald, level, scale);
    return {
      k,
      estimate: mean,
      se: chosen.se,
      statistic,
      df: chosen.df,
      p: twoSided(statistic, chosen.df),
      lower: mean - chosen.half,
      upper: mean + chosen.half,
      waldLower: mean - wald.half,
      waldUpper: mean + wald.half,
      tau2,
      tau2Lower: ends[0] * scale * scale,
      tau2Upper: ends[1] * scale * scale,
      I2: shareOf(Math.max(shown, 0), typical),
      I2Lower: shareOf(ends[0], typical),
      I2Upper: shareOf(ends[1], typical),
      H2: ratioOf(shown, typical),
      Q: zero.ypy,
      Qdf: df,
      Qp: alone ? 1 : gammaTails(0.5 * df, 0.5 * zero.ypy)[1],
      predictionLower,
      predictionUpper,
      predictionDf,
      weights: vi.map((v) => 100 / ((v / vi[data.top] + inner) * at.total)),
    };
  }

  return Object.freeze({
    pool,
    quantile,
    twoSided,
    estimators: Object.freeze(Object.keys(ESTIMATORS)),
    tests: Object.freeze(Object.keys(TESTS)),
    predictions: Object.freeze(Object.keys(PREDICTIONS)),
  });
})();
if (typeof module !== "undefined") module.exports = whatIf;
