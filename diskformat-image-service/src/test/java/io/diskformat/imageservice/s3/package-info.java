@NullMarked
package io.diskformat.imageservice.s3;

import org.jspecify.annotations.NullMarked;
