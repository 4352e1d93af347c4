/**
 * Pictures of disks: where they are stored, how scattered that is, and how two of them differ. A
 * {@link io.diskformat.picture.DiskPicture} is the data; {@link io.diskformat.picture.TextDrawing}
 * draws it on a terminal, {@link io.diskformat.picture.SvgDrawing} and {@link
 * io.diskformat.picture.PngDrawing} into a file, without a graphics library.
 */
@NullMarked
package io.diskformat.picture;

import org.jspecify.annotations.NullMarked;
