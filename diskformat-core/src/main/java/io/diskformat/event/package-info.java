/**
 * Events for JDK Flight Recorder: opening, allocation, flush, conversion and checking. While nothing
 * is recorded, no class of them is loaded and none of their code runs but one comparison; in a JVM
 * without the module {@code jdk.jfr}, neither.
 */
@NullMarked
package io.diskformat.event;

import org.jspecify.annotations.NullMarked;
