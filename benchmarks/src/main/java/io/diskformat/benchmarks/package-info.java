/** Benchmarks, and what they measure on. No API. */
package io.diskformat.benchmarks;
