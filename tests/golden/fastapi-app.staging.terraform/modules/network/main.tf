# Written by `seatrial terraform`; change the system, not this file.

resource "awscc_ec2_vpc" "vpc" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = [{ key = "Name", value = var.name }]
}

resource "awscc_ec2_internet_gateway" "internet_gateway" {
  tags = [{ key = "Name", value = var.name }]
}

resource "awscc_ec2_vpc_gateway_attachment" "internet_gateway_attachment" {
  vpc_id              = awscc_ec2_vpc.vpc.vpc_id
  internet_gateway_id = awscc_ec2_internet_gateway.internet_gateway.internet_gateway_id
}

resource "awscc_ec2_route_table" "public_route_table" {
  vpc_id = awscc_ec2_vpc.vpc.vpc_id
  tags   = [{ key = "Name", value = "${var.name}-public" }]
}

resource "awscc_ec2_route" "public_default_route" {
  route_table_id         = awscc_ec2_route_table.public_route_table.route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = awscc_ec2_internet_gateway.internet_gateway.internet_gateway_id

  depends_on = [awscc_ec2_vpc_gateway_attachment.internet_gateway_attachment]
}

resource "awscc_ec2_subnet" "public_subnet_1" {
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  cidr_block        = "10.0.1.0/24"
  availability_zone = data.aws_availability_zones.available.names[0]
  tags              = [{ key = "Name", value = "${var.name}-public-1" }]
}

resource "awscc_ec2_subnet_route_table_association" "public_subnet_1_routes" {
  subnet_id      = awscc_ec2_subnet.public_subnet_1.subnet_id
  route_table_id = awscc_ec2_route_table.public_route_table.route_table_id
}

resource "awscc_ec2_eip" "nat_address_1" {
  domain = "vpc"
  tags   = [{ key = "Name", value = "${var.name}-nat-1" }]

  depends_on = [awscc_ec2_vpc_gateway_attachment.internet_gateway_attachment]
}

resource "awscc_ec2_nat_gateway" "nat_gateway_1" {
  allocation_id = awscc_ec2_eip.nat_address_1.allocation_id
  subnet_id     = awscc_ec2_subnet.public_subnet_1.subnet_id
  tags          = [{ key = "Name", value = "${var.name}-1" }]

  depends_on = [awscc_ec2_vpc_gateway_attachment.internet_gateway_attachment]
}

resource "awscc_ec2_subnet" "private_subnet_1" {
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  cidr_block        = "10.0.11.0/24"
  availability_zone = data.aws_availability_zones.available.names[0]
  tags              = [{ key = "Name", value = "${var.name}-private-1" }]
}

resource "awscc_ec2_route_table" "private_route_table_1" {
  vpc_id = awscc_ec2_vpc.vpc.vpc_id
  tags   = [{ key = "Name", value = "${var.name}-private-1" }]
}

resource "awscc_ec2_subnet_route_table_association" "private_subnet_1_routes" {
  subnet_id      = awscc_ec2_subnet.private_subnet_1.subnet_id
  route_table_id = awscc_ec2_route_table.private_route_table_1.route_table_id
}

resource "awscc_ec2_route" "private_default_route_1" {
  route_table_id         = awscc_ec2_route_table.private_route_table_1.route_table_id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = awscc_ec2_nat_gateway.nat_gateway_1.nat_gateway_id
}

resource "awscc_ec2_subnet" "public_subnet_2" {
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  cidr_block        = "10.0.2.0/24"
  availability_zone = data.aws_availability_zones.available.names[1]
  tags              = [{ key = "Name", value = "${var.name}-public-2" }]
}

resource "awscc_ec2_subnet_route_table_association" "public_subnet_2_routes" {
  subnet_id      = awscc_ec2_subnet.public_subnet_2.subnet_id
  route_table_id = awscc_ec2_route_table.public_route_table.route_table_id
}

resource "awscc_ec2_eip" "nat_address_2" {
  domain = "vpc"
  tags   = [{ key = "Name", value = "${var.name}-nat-2" }]

  depends_on = [awscc_ec2_vpc_gateway_attachment.internet_gateway_attachment]
}

resource "awscc_ec2_nat_gateway" "nat_gateway_2" {
  allocation_id = awscc_ec2_eip.nat_address_2.allocation_id
  subnet_id     = awscc_ec2_subnet.public_subnet_2.subnet_id
  tags          = [{ key = "Name", value = "${var.name}-2" }]

  depends_on = [awscc_ec2_vpc_gateway_attachment.internet_gateway_attachment]
}

resource "awscc_ec2_subnet" "private_subnet_2" {
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  cidr_block        = "10.0.12.0/24"
  availability_zone = data.aws_availability_zones.available.names[1]
  tags              = [{ key = "Name", value = "${var.name}-private-2" }]
}

resource "awscc_ec2_route_table" "private_route_table_2" {
  vpc_id = awscc_ec2_vpc.vpc.vpc_id
  tags   = [{ key = "Name", value = "${var.name}-private-2" }]
}

resource "awscc_ec2_subnet_route_table_association" "private_subnet_2_routes" {
  subnet_id      = awscc_ec2_subnet.private_subnet_2.subnet_id
  route_table_id = awscc_ec2_route_table.private_route_table_2.route_table_id
}

resource "awscc_ec2_route" "private_default_route_2" {
  route_table_id         = awscc_ec2_route_table.private_route_table_2.route_table_id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = awscc_ec2_nat_gateway.nat_gateway_2.nat_gateway_id
}

resource "awscc_ec2_vpc_endpoint" "s3_endpoint" {
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  service_name      = "com.amazonaws.${data.aws_region.current.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids = [
    awscc_ec2_route_table.private_route_table_1.route_table_id,
    awscc_ec2_route_table.private_route_table_2.route_table_id,
  ]
}

resource "awscc_ec2_network_acl" "public_acl" {
  vpc_id = awscc_ec2_vpc.vpc.vpc_id
  tags   = [{ key = "Name", value = "${var.name}-public" }]
}

resource "aws_network_acl_rule" "public_acl_from_vpc" {
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
  rule_number    = 100
  protocol       = "-1"
  rule_action    = "allow"
  cidr_block     = "10.0.0.0/16"
}

resource "aws_network_acl_rule" "public_acl_in_1024" {
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
  rule_number    = 110
  protocol       = "6"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 1024
  to_port        = 65535
}

resource "aws_network_acl_rule" "public_acl_in_80" {
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
  rule_number    = 120
  protocol       = "6"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 80
  to_port        = 80
}

resource "aws_network_acl_rule" "public_acl_in_443" {
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
  rule_number    = 130
  protocol       = "6"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 443
  to_port        = 443
}

resource "aws_network_acl_rule" "public_acl_out" {
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
  rule_number    = 100
  egress         = true
  protocol       = "-1"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
}

resource "awscc_ec2_subnet_network_acl_association" "public_subnet_1_acl" {
  subnet_id      = awscc_ec2_subnet.public_subnet_1.subnet_id
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
}

resource "awscc_ec2_subnet_network_acl_association" "public_subnet_2_acl" {
  subnet_id      = awscc_ec2_subnet.public_subnet_2.subnet_id
  network_acl_id = awscc_ec2_network_acl.public_acl.network_acl_id
}

resource "awscc_ec2_network_acl" "private_acl" {
  vpc_id = awscc_ec2_vpc.vpc.vpc_id
  tags   = [{ key = "Name", value = "${var.name}-private" }]
}

resource "aws_network_acl_rule" "private_acl_from_vpc" {
  network_acl_id = awscc_ec2_network_acl.private_acl.network_acl_id
  rule_number    = 100
  protocol       = "-1"
  rule_action    = "allow"
  cidr_block     = "10.0.0.0/16"
}

resource "aws_network_acl_rule" "private_acl_in_1024" {
  network_acl_id = awscc_ec2_network_acl.private_acl.network_acl_id
  rule_number    = 110
  protocol       = "6"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 1024
  to_port        = 65535
}

resource "aws_network_acl_rule" "private_acl_out" {
  network_acl_id = awscc_ec2_network_acl.private_acl.network_acl_id
  rule_number    = 100
  egress         = true
  protocol       = "-1"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
}

resource "awscc_ec2_subnet_network_acl_association" "private_subnet_1_acl" {
  subnet_id      = awscc_ec2_subnet.private_subnet_1.subnet_id
  network_acl_id = awscc_ec2_network_acl.private_acl.network_acl_id
}

resource "awscc_ec2_subnet_network_acl_association" "private_subnet_2_acl" {
  subnet_id      = awscc_ec2_subnet.private_subnet_2.subnet_id
  network_acl_id = awscc_ec2_network_acl.private_acl.network_acl_id
}

resource "awscc_ec2_security_group" "load_balancer_group" {
  group_description = "Load balancer"
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  security_group_ingress = [{
    cidr_ip     = "0.0.0.0/0"
    ip_protocol = "tcp"
    from_port   = 80
    to_port     = 80
    description = "The internet, port 80"
  }]
  security_group_egress = [{
    cidr_ip     = "255.255.255.255/32"
    ip_protocol = "icmp"
    from_port   = 252
    to_port     = 86
    description = "Nothing goes out: an address and a type that do not exist"
  }]
}

resource "awscc_ec2_security_group_egress" "api_from_load_balancer_out" {
  group_id                      = awscc_ec2_security_group.load_balancer_group.group_id
  destination_security_group_id = awscc_ec2_security_group.api_group.group_id
  ip_protocol                   = "tcp"
  from_port                     = 8000
  to_port                       = 8000
  description                   = "To api"
}

resource "awscc_ec2_security_group" "api_group" {
  group_description = "Tasks of api"
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  security_group_egress = [{
    cidr_ip     = "0.0.0.0/0"
    ip_protocol = "-1"
    description = "AWS's own services, and the internet through NAT"
  }]
}

resource "awscc_ec2_security_group" "migrate_group" {
  group_description = "Tasks of migrate"
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  security_group_egress = [{
    cidr_ip     = "0.0.0.0/0"
    ip_protocol = "-1"
    description = "AWS's own services, and the internet through NAT"
  }]
}

resource "awscc_ec2_security_group_ingress" "api_from_load_balancer" {
  group_id                 = awscc_ec2_security_group.api_group.group_id
  source_security_group_id = awscc_ec2_security_group.load_balancer_group.group_id
  ip_protocol              = "tcp"
  from_port                = 8000
  to_port                  = 8000
  description              = "From LoadBalancer"
}

resource "awscc_ec2_security_group" "db_group" {
  group_description = "Database db"
  vpc_id            = awscc_ec2_vpc.vpc.vpc_id
  security_group_egress = [{
    cidr_ip     = "255.255.255.255/32"
    ip_protocol = "icmp"
    from_port   = 252
    to_port     = 86
    description = "Nothing goes out: an address and a type that do not exist"
  }]
}

resource "awscc_ec2_security_group_ingress" "db_from_api" {
  group_id                 = awscc_ec2_security_group.db_group.group_id
  source_security_group_id = awscc_ec2_security_group.api_group.group_id
  ip_protocol              = "tcp"
  from_port                = 5432
  to_port                  = 5432
  description              = "From Api"
}

resource "awscc_ec2_security_group_ingress" "db_from_migrate" {
  group_id                 = awscc_ec2_security_group.db_group.group_id
  source_security_group_id = awscc_ec2_security_group.migrate_group.group_id
  ip_protocol              = "tcp"
  from_port                = 5432
  to_port                  = 5432
  description              = "From Migrate"
}
