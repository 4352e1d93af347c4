/** The VMDK format: the format of VMware, in all the layouts that one file or several have. */
@NullMarked
package io.diskformat.vmdk;

import org.jspecify.annotations.NullMarked;
