/**
 * The interface of a format module: {@link io.diskformat.spi.DiskFormat}, which the module
 * implements and {@link java.util.ServiceLoader} finds, the requests through which it reaches an
 * image's files, and the options and names that formats have in common.
 */
@NullMarked
package io.diskformat.spi;

import org.jspecify.annotations.NullMarked;
