/** Adapters from block devices to the channels and streams of the JDK. */
@NullMarked
package io.diskformat.channel;

import org.jspecify.annotations.NullMarked;
