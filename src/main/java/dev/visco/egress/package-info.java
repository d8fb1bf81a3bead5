/**
 * Floor 4. Egress policies of users and VMs: kept, applied to slots and relays, tried, and what
 * they refused. Knows nothing of HTTP's API.
 */
@NullMarked
package dev.visco.egress;

import org.jspecify.annotations.NullMarked;
