"""The API's doors to hotels, their facts and tokens, and the bases of every room's views of one hotel."""
