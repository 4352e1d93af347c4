/**
 * Makes ISO images out of files, bootable ones too: {@link io.diskformat.iso.build.DiscBuilder}
 * builds one, {@link io.diskformat.iso.build.Remaster} begins with an image that is there already.
 */
@NullMarked
package io.diskformat.iso.build;

import org.jspecify.annotations.NullMarked;
