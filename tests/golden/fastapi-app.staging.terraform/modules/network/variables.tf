# Written by `seatrial terraform`; change the system, not this file.

variable "name" {
  description = "What the names of all resources begin with"
  type        = string
}
