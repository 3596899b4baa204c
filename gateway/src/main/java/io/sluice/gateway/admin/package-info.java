/** The administration API under {@code /_sluice/admin/v1}. */
@NullMarked
package io.sluice.gateway.admin;

import org.jspecify.annotations.NullMarked;
