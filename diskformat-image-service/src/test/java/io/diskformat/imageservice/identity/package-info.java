@NullMarked
package io.diskformat.imageservice.identity;

import org.jspecify.annotations.NullMarked;
