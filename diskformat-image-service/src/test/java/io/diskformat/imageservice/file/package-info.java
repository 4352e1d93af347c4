@NullMarked
package io.diskformat.imageservice.file;

import org.jspecify.annotations.NullMarked;
