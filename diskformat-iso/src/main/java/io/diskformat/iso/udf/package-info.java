/**
 * UDF, 1.02 to 2.60: the file system of DVDs and Blu-ray discs, beside ISO 9660 or alone. {@link
 * io.diskformat.iso.udf.Udf} is the way in.
 */
@NullMarked
package io.diskformat.iso.udf;

import org.jspecify.annotations.NullMarked;
