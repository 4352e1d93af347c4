/**
 * What a format module is written against: {@link io.diskformat.spi.DiskFormat}, which {@link
 * java.util.ServiceLoader} finds, and the engine that moves the bytes once a format has said where
 * they are, {@link io.diskformat.spi.LayeredDevice}.
 */
@NullMarked
package io.diskformat.spi;

import org.jspecify.annotations.NullMarked;
