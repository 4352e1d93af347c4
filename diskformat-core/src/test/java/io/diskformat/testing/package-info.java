/**
 * What the tests of every module share: reference tools to compare with, storages that fail and
 * lose power, devices to try things on. Knows no format.
 */
@NullMarked
package io.diskformat.testing;

import org.jspecify.annotations.NullMarked;
